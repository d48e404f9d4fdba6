"""Asking without an EHR: a case put together from the vocabulary's words."""

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from api import metrics
from api.pages import case_fields
from api.pages.guard import page
from api.v1.suggestion_bodies import SuggestionBody
from recommender import models
from recommender.exceptions import BadInput
from recommender.services import pathways, stops, suggestions, wording
from recommender.services.wording import Words


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
        body = {"pathway": pathway.slug, "case": case_fields.case_in(request, words)}
        question = msgspec.convert(body, SuggestionBody).to_value()
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
        **case_fields.fields(request, words),
        "problem": problem,
    }
    status = 200 if problem is None else 400
    return render(request, "pages/ask.html", shown, status=status)
