"""What an EHR sends, read tolerantly: only what the answer needs has to be well-formed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.http import HttpRequest

from api.cds_hooks.catalogue import REQUIRED
from recommender.exceptions import BadInput

Json = Mapping[str, Any]

_USER = re.compile(r"(Practitioner|PractitionerRole|Patient|RelatedPerson)/[A-Za-z0-9.-]{1,64}")
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")


class MissingData(Exception):
    """Data that the service can't do without was neither sent nor can be fetched."""


@dataclass(frozen=True)
class Call:
    """A call of a service; `resources` are the patient's, in memory only."""

    patient: str
    resources: tuple[Json, ...]


def body_of(request: HttpRequest) -> Json:
    """The body as an object."""
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        raise BadInput("The body isn't JSON.") from None
    if not isinstance(body, dict):
        raise BadInput("Send a JSON object.")
    return body


def call_of(body: Json, *, hook: str) -> Call:
    """Check what the standard requires, and gather the prefetched resources."""
    if body.get("hook") != hook:
        raise BadInput("This service answers another hook.", field="hook")
    try:
        UUID(body.get("hookInstance", ""))
    except (ValueError, TypeError, AttributeError):
        raise BadInput("Give a UUID.", field="hookInstance") from None
    if "fhirAuthorization" in body and not isinstance(body.get("fhirServer"), str):
        raise BadInput("With fhirAuthorization comes fhirServer.", field="fhirServer")
    context = body.get("context")
    if not isinstance(context, dict):
        raise BadInput("Give the hook's context.", field="context")
    _matching(context.get("userId"), _USER, "context.userId", "Give a reference as Type/id.")
    patient = _matching(context.get("patientId"), _ID, "context.patientId", "Give a FHIR id.")
    prefetch = body.get("prefetch", {})
    if not isinstance(prefetch, dict):
        raise BadInput("Give an object.", field="prefetch")
    if not any(_is_data(prefetch, key) for key in REQUIRED):
        raise MissingData
    return Call(patient, tuple(_resources(prefetch)))


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


def _resources(prefetch: Json) -> Iterator[Json]:
    for value in prefetch.values():
        if not isinstance(value, dict):
            continue
        if value.get("resourceType") != "Bundle":
            yield value
            continue
        entries = value.get("entry")
        for entry in entries if isinstance(entries, list) else []:
            resource = entry.get("resource") if isinstance(entry, dict) else None
            if isinstance(resource, dict):
                yield resource
