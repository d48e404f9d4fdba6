"""The body of a call with no more of the patient's record than is read.

Names, addresses, narratives and whatever else a record holds are passed over as bytes: they never
become text in memory, and most of the time that a large record takes goes into them.
"""

from collections.abc import Mapping
from typing import Any, TypedDict

import msgspec

from recommender.formats.fhir.ownership import WHOSE
from recommender.formats.fhir.resources import FIELDS_READ


class _Coding(TypedDict, total=False):
    system: Any
    code: Any


class _Concept(TypedDict, total=False):
    coding: list[_Coding]


class _Reference(TypedDict, total=False):
    reference: Any


class _Quantity(TypedDict, total=False):
    value: Any


# Of what most resources have, not even the parts that aren't read are built.
_PARTS: Mapping[str, Any] = {
    "code": _Concept,
    "valueCodeableConcept": _Concept,
    "valueQuantity": _Quantity,
    **dict.fromkeys(WHOSE, _Reference),
}
# The names are data, which a checker of types can't follow; to `Any` there is nothing to follow.
_Resource = TypedDict(  # type: ignore[misc]
    "_Resource", {name: _PARTS.get(name, Any) for name in FIELDS_READ}, total=False
)


class _Entry(TypedDict, total=False):
    fullUrl: Any
    resource: _Resource


class _Held(_Resource, total=False):
    """A Bundle, or the one resource that was asked for."""

    entry: list[_Entry]


class _Body(TypedDict, total=False):
    hook: Any
    hookInstance: Any
    fhirServer: Any
    fhirAuthorization: Any
    context: Any
    prefetch: dict[str, _Held | None]


_decoder = msgspec.json.Decoder(_Body)


def narrowed(body: bytes) -> dict[str, Any] | None:
    """The body, or None where it isn't of the usual shape: then it is for others to judge."""
    try:
        return {**_decoder.decode(body)}
    except (msgspec.DecodeError, RecursionError):
        return None
