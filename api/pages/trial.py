"""Trying a version out on a made-up case: what it would suggest and why, stored nowhere."""

from typing import Any

import msgspec
import orjson
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from api.errors import HttpError
from api.pages import case_fields, reading
from api.pages.guard import page
from api.parsers import decode
from api.v1.suggestion_bodies import CaseBody, SuggestionBody
from recommender import models
from recommender.exceptions import BadInput, Refused
from recommender.services import registry, suggestions, wording

LONGEST = 100_000
SHOWN = 20


@page("pages:trial")
def trial(request: HttpRequest) -> HttpResponse:
    """The form for the chosen version; with a case, what it would answer."""
    versions = models.ModelVersion.objects.select_related("pathway").order_by(
        "pathway__slug", "-number"
    )
    chosen = request.POST.get("version", "") or request.GET.get("version", "")
    shown: dict[str, Any] = {"versions": versions, "case": request.POST.get("case", "")}
    try:
        version = registry.find(chosen) if chosen else _usual(versions)
        if version is not None:
            words = wording.all_words(pathway_id=version.pathway_id)
            shown |= {"version": version, **case_fields.fields(request, words)}
            if request.method == "POST":
                shown |= _answered(request, version, words)
    except (BadInput, Refused) as problem:
        shown["problem"] = problem
    return render(request, "pages/trial.html", shown)


def _usual(versions: "QuerySet[models.ModelVersion]") -> models.ModelVersion | None:
    """A live version to begin with, or whatever there is."""
    return versions.filter(status="live").first() or versions.first()


def _answered(
    request: HttpRequest, version: models.ModelVersion, words: wording.Words
) -> dict[str, Any]:
    question = SuggestionBody(
        pathway=version.pathway.slug, case=_case(request, words), limit=SHOWN, explain="all"
    )
    given = suggestions.try_out(
        version=version, request=question.to_value(), by=request.user.get_username()
    )
    # Never saved: only so that it reads as a list given in care does.
    unsaved = models.SuggestionList(
        pathway=version.pathway,
        model_version=version,
        case={"findings": [], "responses": []},
        answer=orjson.loads(given.body),
    )
    return {"read": reading.read(unsaved)}


def _case(request: HttpRequest, words: wording.Words) -> CaseBody:
    """The case that was pasted, or else the one that was built."""
    text = request.POST.get("case", "").strip()
    if not text:
        return msgspec.convert(case_fields.case_in(request, words), CaseBody)
    if len(text) > LONGEST:
        raise BadInput(f"Give a case of at most {LONGEST:,} characters.", field="case")
    try:
        return decode(text.encode(), CaseBody)
    except HttpError:
        raise BadInput("The case isn't JSON.", field="case") from None
