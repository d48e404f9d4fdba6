"""Putting a case together from the vocabulary's words, for the pages that ask about one."""

from typing import Any

from django.http import HttpRequest

from recommender import models
from recommender.clinical.coding import ValueType
from recommender.exceptions import BadInput
from recommender.services.wording import Words

FINDING_ROWS = range(8)
THERAPY_ROWS = range(4)
RESPONSES = (
    ("unknown", "Not known"),
    ("response", "Responded"),
    ("partial", "Responded in part"),
    ("none", "Did not respond"),
    ("worse", "Got worse"),
)


def fields(request: HttpRequest, words: Words | None) -> dict[str, Any]:
    """What `pages/case_fields.html` shows, with what was written already."""
    return {
        "findings": sorted(_labels(words)) if words else (),
        "therapies": words.therapies.values() if words else (),
        "finding_rows": _rows(request, FINDING_ROWS, ("finding", "value")),
        "therapy_rows": _rows(request, THERAPY_ROWS, ("therapy", "response")),
        "responses": RESPONSES,
    }


def case_in(request: HttpRequest, words: Words) -> dict[str, Any]:
    """The case as the API takes it."""
    labels = _labels(words)
    names = {record.name: record.code for record in words.therapies.values()}
    findings = [
        _finding(labels, text, value)
        for text, value in _rows(request, FINDING_ROWS, ("finding", "value"))
        if text
    ]
    responses = []
    for text, response in _rows(request, THERAPY_ROWS, ("therapy", "response")):
        if not text:
            continue
        if text not in names or response not in dict(RESPONSES):
            raise BadInput("Choose each therapy from the catalogue.", field="therapy")
        responses.append({"therapy": names[text], "response": response})
    return {"findings": findings, "responses": responses}


def _rows(request: HttpRequest, rows: range, names: tuple[str, str]) -> list[tuple[str, str]]:
    """What was written in each row, so that a mistake costs nothing else."""
    first, second = (request.POST.getlist(name) for name in names)
    return [
        (first[row] if row < len(first) else "", second[row] if row < len(second) else "")
        for row in rows
    ]


def _labels(words: Words) -> dict[str, models.ConceptRecord]:
    """Every finding by what the form calls it; a name that two share carries its code."""
    labels: dict[str, models.ConceptRecord] = {}
    for record in words.concepts.values():
        label = f"{record.display} · {record.kind}"
        labels[label if label not in labels else f"{label} · {record.code}"] = record
    return labels


def _finding(
    labels: dict[str, models.ConceptRecord], text: str, value: str
) -> dict[str, str | float | None]:
    known = labels.get(text)
    if known is None:
        raise BadInput("Choose each finding from the vocabulary.", field="finding")
    return {"kind": known.kind, "code": known.code, "value": _value(known, value.strip())}


def _value(known: models.ConceptRecord, value: str) -> float | str | None:
    if not value:
        return None
    if known.value_type == ValueType.CATEGORY:
        return value
    try:
        return float(value)
    except ValueError:
        raise BadInput("Give a number as this finding's value.", field="value") from None
