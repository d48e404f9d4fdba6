"""What an EHR sends, read tolerantly: only what the answer needs has to be well-formed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.http import HttpRequest

from api.cds_hooks.catalogue import PATIENT_VIEW
from api.cds_hooks.narrow import narrowed
from recommender.exceptions import BadInput
from recommender.formats.fhir.json import text
from recommender.services.fhir_server import FhirAccess, entries

Json = Mapping[str, Any]

ORDERING_USERS = ("Practitioner", "PractitionerRole")
USERS = (*ORDERING_USERS, "Patient", "RelatedPerson")

# With the underscore, which ids of FHIR don't have and those of real users do.
_USER = re.compile(rf"({'|'.join(USERS)})/[A-Za-z0-9._-]{{1,64}}")
_ORDERING_USER = re.compile(rf"({'|'.join(ORDERING_USERS)})/[A-Za-z0-9._-]{{1,64}}")
_TOKEN = re.compile(r"[\x21-\x7e]{1,8192}")
FHIR_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")


@dataclass(frozen=True)
class Call:
    """A call of a service; what it brings of the patient stays in memory."""

    hook_instance: UUID
    patient: str
    drafts: tuple[Json, ...]
    prefetch: Json
    server: str
    access: FhirAccess | None


def body_of(request: HttpRequest) -> Json:
    """The body as an object."""
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        raise BadInput("The body isn't JSON.") from None
    if not isinstance(body, dict):
        raise BadInput("Send a JSON object.")
    return body


def call_body_of(request: HttpRequest) -> Json:
    """The same of a call: of its prefetch only what is read, where it is of the usual shape."""
    return narrowed(request.body) or body_of(request)


def call_of(body: Json, *, hook: str) -> Call:
    """Check what the standard requires of a call; an optional member that is null isn't there."""
    if body.get("hook") != hook:
        raise BadInput("This service answers another hook.", field="hook")
    if body.get("fhirAuthorization") is not None and not isinstance(body.get("fhirServer"), str):
        raise BadInput("With fhirAuthorization comes fhirServer.", field="fhirServer")
    context = body.get("context")
    if not isinstance(context, dict):
        raise BadInput("Give the hook's context.", field="context")
    is_order = hook != PATIENT_VIEW
    users = _ORDERING_USER if is_order else _USER
    _matching(context.get("userId"), users, "context.userId", "Give a reference as Type/id.")
    prefetch = {} if body.get("prefetch") is None else body["prefetch"]
    if not isinstance(prefetch, dict):
        raise BadInput("Give an object.", field="prefetch")
    return Call(
        hook_instance=_instance(body),
        patient=_matching(
            context.get("patientId"), FHIR_ID, "context.patientId", "Give a FHIR id."
        ),
        drafts=tuple(_drafts(context)) if is_order else (),
        prefetch=prefetch,
        server=text(body.get("fhirServer")),
        access=_access(body),
    )


def _instance(body: Json) -> UUID:
    try:
        return UUID(body.get("hookInstance", ""))
    except (ValueError, TypeError, AttributeError):
        raise BadInput("Give a UUID.", field="hookInstance") from None


def _access(body: Json) -> FhirAccess | None:
    lent = body.get("fhirAuthorization")
    token = lent.get("access_token") if isinstance(lent, dict) else None
    # A token with line breaks or the like could forge headers of the request it is put into.
    if not isinstance(token, str) or _TOKEN.fullmatch(token) is None:
        return None
    return FhirAccess(str(body["fhirServer"]), token)


def _drafts(context: Json) -> Iterator[Json]:
    """The orders in question: all, where no selection is named or none that is among them."""
    bundle = context.get("draftOrders")
    if not isinstance(bundle, dict):
        raise BadInput("Give a Bundle.", field="context.draftOrders")
    named = context.get("selections")
    chosen = set(filter(_is_text, named)) if isinstance(named, list) else set[str]()
    orders = [(f"{each.get('resourceType')}/{each.get('id')}", each) for each in entries(bundle)]
    chosen &= {name for name, _ in orders}
    for name, resource in orders:
        if not chosen or name in chosen or resource.get("resourceType") == "Medication":
            yield resource


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _matching(value: object, pattern: re.Pattern[str], field: str, remedy: str) -> str:
    if not isinstance(value, str) or pattern.fullmatch(value) is None:
        raise BadInput(remedy, field=field)
    return value
