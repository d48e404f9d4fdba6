"""Plain JSON, asked tolerantly: what isn't of the shape expected is as if it weren't there."""

import re
from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from recommender.formats.fhir.codes import Coding

Json = Mapping[str, Any]
Span = tuple[date, date]
"""The first and the last day of a date that may be known by its year alone."""

# How often over two weeks, as PHQ-9 and GAD-7 are answered (LOINC answer codes of the US Core
# example questionnaire, with their scores).
ANSWERS: Mapping[str, int] = {"LA6568-5": 0, "LA6569-3": 1, "LA6570-1": 2, "LA6571-9": 3}

# A score in writing; longer than any.
_WRITTEN = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,4})?")

_YEAR, _MONTH = re.compile(r"[0-9]{4}"), re.compile(r"[0-9]{4}-[0-9]{2}")

# Larger whole numbers than this may not even fit a float.
BEYOND_ALL_SCALES = 1e15


def objects(value: object) -> Sequence[Json]:
    """The objects of a list, or the one that stands where a list should."""
    if isinstance(value, dict):
        return (value,)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else ()


def text(value: object) -> str:
    """A text, or an empty one."""
    return value if isinstance(value, str) else ""


def codings(concept: object) -> Sequence[Coding]:
    """The codings of a CodeableConcept; display texts are never read."""
    if concept is None:  # so it is for most of what is asked
        return ()
    return [
        (system, code)
        for each in objects(concept)
        for coding in objects(each.get("coding"))
        if (system := text(coding.get("system"))) and (code := text(coding.get("code")))
    ]


def coded(concept: object, words: frozenset[str]) -> bool:
    """Whether a concept has one of these codes, whatever the system, and where it names none.

    Asked of every laboratory result of a record, so no codings are built for it.
    """
    if isinstance(concept, str):  # as it was before R4
        return concept in words
    for each in objects(concept):
        given = each.get("coding")
        for coding in given if isinstance(given, list) else (given,):
            code = coding.get("code") if isinstance(coding, dict) else None
            if isinstance(code, str) and code in words:
                return True
    return False


def number_of(element: Json) -> float | None:
    """A value in whichever of the ways that EHRs write one."""
    quantity = element.get("valueQuantity")
    given = quantity.get("value") if isinstance(quantity, dict) else None
    candidates = [element.get("valueInteger"), element.get("valueDecimal"), given]
    for candidate in candidates:
        if isinstance(candidate, int | float) and not isinstance(candidate, bool):
            return float(candidate) if abs(candidate) < BEYOND_ALL_SCALES else None
    if (score := _answered(element)) is not None:
        return float(score)
    written = next(filter(None, (text(element.get("valueString")), text(given))), "").strip()
    return float(written) if _WRITTEN.fullmatch(written) else None


def _answered(element: Json) -> int | None:
    coding = [{"coding": element["valueCoding"]}] if "valueCoding" in element else []
    for concept in (element.get("valueCodeableConcept"), coding):
        for _, code in codings(concept):
            if code in ANSWERS:
                return ANSWERS[code]
    return None


def span_of(value: object) -> Span | None:
    """The first and the last day that a FHIR date may mean: of many only the year is known."""
    written = text(value)
    if _YEAR.fullmatch(written):
        first, last = day_of(f"{written}-01-01"), day_of(f"{written}-12-31")
    elif _MONTH.fullmatch(written):
        first = last = day_of(f"{written}-01")
        if first is not None:
            last = first.replace(day=monthrange(first.year, first.month)[1])
    else:
        first = last = day_of(written)
    return None if first is None or last is None else (first, last)


def day_of(value: object) -> date | None:
    """The day of a FHIR dateTime; years and months alone are too coarse."""
    try:
        return date.fromisoformat(text(value)[:10])
    except ValueError:
        return None
