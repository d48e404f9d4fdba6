"""Asking without an EHR: a case put together from the vocabulary's words."""

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from api import metrics
from api.pages.guard import page
from api.v1.suggestion_bodies import SuggestionBody
from recommender import models
from recommender.clinical.coding import ValueType
from recommender.exceptions import BadInput
from recommender.services import pathways, stops, suggestions, wording
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


@page("pages:ask")
def ask(request: HttpRequest) -> HttpResponse:
    """The form, or the way to the list that it led to."""
    known = list(models.Pathway.objects.all())
    slug = request.POST.get("pathway", "") or request.GET.get("pathway", "")
    pathway = pathways.named(slug) if slug else (known[0] if known else None)
    if pathway is None:
        return _shown(request, known, None, None)
    words = wording.all_words(pathway_id=pathway.pk)
    if request.method != "POST":
        return _shown(request, known, pathway, words)
    try:
        question = msgspec.convert(_body(request, pathway, words), SuggestionBody).to_value()
        given = suggestions.suggest(request=question, by=request.user.get_username())
    except BadInput as problem:
        return _shown(request, known, pathway, words, problem)
    metrics.count_suggestion_list(given.answer)
    return redirect("pages:review", pk=given.answer.id)


def _shown(
    request: HttpRequest,
    known: list[models.Pathway],
    pathway: models.Pathway | None,
    words: Words | None,
    problem: BadInput | None = None,
) -> HttpResponse:
    shown = {
        "pathways": known,
        "pathway": pathway,
        "stops": stops.active(pathway=pathway) if pathway else (),
        "findings": sorted(_labels(words)) if words else (),
        "therapies": words.therapies.values() if words else (),
        "finding_rows": _rows(request, FINDING_ROWS, ("finding", "value")),
        "therapy_rows": _rows(request, THERAPY_ROWS, ("therapy", "response")),
        "responses": RESPONSES,
        "problem": problem,
    }
    status = 200 if problem is None else 400
    return render(request, "pages/ask.html", shown, status=status)


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


def _body(request: HttpRequest, pathway: models.Pathway, words: Words) -> dict[str, Any]:
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
    return {"pathway": pathway.slug, "case": {"findings": findings, "responses": responses}}


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
