"""Trying a version out on a made-up case: what it would suggest and why, stored nowhere."""

import json
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from api.errors import HttpError
from api.pages import reading
from api.pages.guard import page
from api.parsers import decode
from api.v1.suggestion_bodies import CaseBody, SuggestionBody
from recommender import models
from recommender.exceptions import BadInput, Refused
from recommender.services import registry, suggestions

LONGEST = 100_000
SHOWN = 20
EXAMPLE = {
    "findings": [{"kind": "symptom", "code": "insomnia", "value": 3}],
    "responses": [{"therapy": "sertraline", "response": "none", "stopped": "no-effect"}],
}


@page("pages:trial")
def trial(request: HttpRequest) -> HttpResponse:
    """The form; with a case, what the chosen version would answer."""
    shown: dict[str, Any] = {
        "versions": models.ModelVersion.objects.select_related("pathway").order_by(
            "pathway__slug", "-number"
        ),
        "chosen": request.POST.get("version", "") or request.GET.get("version", ""),
        "case": request.POST.get("case", "") or json.dumps(EXAMPLE, indent=1),
    }
    if request.method == "POST":
        try:
            shown |= _answered(request)
        except (BadInput, Refused) as problem:
            shown["problem"] = problem
    return render(request, "pages/trial.html", shown)


def _answered(request: HttpRequest) -> dict[str, Any]:
    version = registry.find(request.POST.get("version", ""))
    question = SuggestionBody(
        pathway=version.pathway.slug, case=_case(request), limit=SHOWN, explain="all"
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
    return {"version": version, "read": reading.read(unsaved)}


def _case(request: HttpRequest) -> CaseBody:
    text = request.POST.get("case", "")[: LONGEST + 1]
    if len(text) > LONGEST:
        raise BadInput(f"Give a case of at most {LONGEST:,} characters.", field="case")
    try:
        return decode(text.encode(), CaseBody)
    except HttpError:
        raise BadInput("The case isn't JSON.", field="case") from None
