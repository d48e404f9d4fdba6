"""What an EHR sends, read tolerantly: only what the answer needs has to be well-formed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.http import HttpRequest

from api.cds_hooks.catalogue import PATIENT_VIEW, PREFETCH, REQUIRED
from api.cds_hooks.narrow import narrowed
from recommender import models
from recommender.clinical.record_gaps import Gaps
from recommender.exceptions import BadInput
from recommender.formats.fhir.json import text
from recommender.formats.fhir.resources import medicine_of, medicines_in
from recommender.services.fhir_server import FhirAccess, entries, fetch, is_cut

Json = Mapping[str, Any]

# What refers to medicines, by the key of the prefetch that asks for it.
REFERRING = {"MedicationRequest": "medications", "MedicationStatement": "statements"}
MOST_MEDICINES = 100

ORDERING_USERS = ("Practitioner", "PractitionerRole")
USERS = (*ORDERING_USERS, "Patient", "RelatedPerson")

# With the underscore, which ids of FHIR don't have and those of real users do.
_USER = re.compile(rf"({'|'.join(USERS)})/[A-Za-z0-9._-]{{1,64}}")
_ORDERING_USER = re.compile(rf"({'|'.join(ORDERING_USERS)})/[A-Za-z0-9._-]{{1,64}}")
_TOKEN = re.compile(r"[\x21-\x7e]{1,8192}")
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")


class MissingData(Exception):
    """Data that the service can't do without was neither sent nor can be fetched."""


@dataclass(frozen=True)
class Call:
    """A call of a service; what it brings of the patient stays in memory."""

    hook_instance: UUID
    patient: str
    drafts: tuple[Json, ...]
    prefetch: Json
    access: FhirAccess | None


@dataclass(frozen=True)
class Record:
    """What there is of the patient, and what there isn't, by the keys of the prefetch.

    `unknown` neither came nor could be read, `failed` the client's own query, `cut` isn't all.
    """

    resources: tuple[Json, ...]
    unknown: tuple[str, ...]
    failed: tuple[str, ...]
    cut: tuple[str, ...]

    @property
    def gaps(self) -> Gaps:
        """What an answer has to do without."""
        return Gaps(
            tuple(name for name in PREFETCH if name in (*self.unknown, *self.failed)), self.cut
        )


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
        patient=_matching(context.get("patientId"), _ID, "context.patientId", "Give a FHIR id."),
        drafts=tuple(_drafts(context)) if is_order else (),
        prefetch=prefetch,
        access=_access(body),
    )


def record_of(call: Call, *, client: models.CdsClient) -> Record:
    """The patient's record: what came, and what the EHR lets be read."""
    absent = {
        name: query.replace("{{context.patientId}}", call.patient)
        for name, query in PREFETCH.items()
        if name not in call.prefetch
    }
    begun = {
        name: value
        for name, value in call.prefetch.items()
        if isinstance(value, dict) and is_cut(value)
    }
    found = {} if call.access is None else fetch(call.access, absent, client=client, begun=begun)
    came = {name for name in call.prefetch if _is_data(call.prefetch, name)}
    if not any(key in came or key in found for key in REQUIRED):
        raise MissingData
    read = (one for each in found.values() for one in each.resources)
    resources = (*record_resources(call.prefetch), *read)
    unnamed = _unnamed(resources)
    ids = sorted(filter(_ID.fullmatch, set().union(*unnamed.values())))[:MOST_MEDICINES]
    if ids and call.access is not None:
        query = {"medicines": f"Medication?_id={','.join(ids)}&_count={MOST_MEDICINES}"}
        for each in fetch(call.access, query, client=client).values():
            resources += each.resources
        unnamed = _unnamed(resources)
    return Record(
        resources=resources,
        unknown=tuple(name for name in absent if name not in found),
        failed=tuple(name for name in PREFETCH if name in call.prefetch and name not in came),
        cut=tuple(
            name
            for name in PREFETCH
            if name in unnamed
            or (name in begun and name not in found)
            or (name in found and not found[name].is_whole)
        ),
    )


def _unnamed(resources: Sequence[Json]) -> dict[str, set[str]]:
    """Ids of medicines that are referred to and aren't there, by the key they are missed under.

    Templates can't ask for them: what a search includes isn't among the recommended queries.
    """
    found: dict[str, set[str]] = {}
    referring = [each for each in resources if "medicationReference" in each]
    known = medicines_in(resources) if referring else {}
    for each in referring:
        key = REFERRING.get(text(each.get("resourceType")))
        if key is not None and medicine_of(each, known) is None:
            given = each["medicationReference"]
            reference = text(given.get("reference")) if isinstance(given, dict) else ""
            number = reference.partition("/_history/")[0].rpartition("/")[2]
            found.setdefault(key, set()).add(number)
    return found


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


def _is_data(prefetch: Json, key: str) -> bool:
    """Whether an answer to the query came; null and an empty Bundle say that there is nothing."""
    if key not in prefetch:
        return False
    value = prefetch[key]
    return value is None or (
        isinstance(value, dict) and value.get("resourceType") != "OperationOutcome"
    )


def record_resources(prefetch: Json) -> Iterator[Json]:
    """The resources that came, whichever key they stand under."""
    for value in prefetch.values():
        if not isinstance(value, dict):
            continue
        if value.get("resourceType") == "Bundle":
            yield from entries(value)
        else:
            yield value
