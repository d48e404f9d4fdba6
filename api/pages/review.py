"""The review page: what is put forward, what was kept back, and the clinician's decision."""

from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from api import metrics
from api.pages import reading
from api.pages.guard import page
from api.v1.suggestion_bodies import SuggestionBody
from recommender import models
from recommender.clinical.review import MAX_COMMENT, REVIEW_REASONS, Decision, Outcome
from recommender.exceptions import BadInput, Refused
from recommender.services import reviews, stops, subjects, suggestions, wording

WEEKS = (1, 2, 4, 8, 12)
MOST_COMPARED = 3
ACCEPT = "accept:"


@page("pages:review")
def review(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page of one list; a POST records what was decided."""
    found = suggestions.given_before(list_id=pk)
    if request.method != "POST":
        return _shown(request, found)
    try:
        decision = _decision(request, found)
        recorded = reviews.record(
            suggestion_list=found, decision=decision, by=request.user.get_username()
        )
    except (BadInput, Refused) as problem:
        return _shown(request, found, problem=problem)
    metrics.count_review(suggestion_list=found, therapy=recorded.therapy)
    return redirect("pages:review", pk=pk)


@page("pages:compare")
def compare(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Two or three suggestions of a list side by side."""
    found = suggestions.given_before(list_id=pk)
    asked = request.GET.getlist("therapy")
    listed = reading.read(found)
    chosen = [each for each in listed.suggestions if each.given["therapy"]["code"] in asked]
    if not 2 <= len(chosen) <= MOST_COMPARED:
        raise BadInput("Tick two or three suggestions of the list to compare them.")
    return render(request, "pages/compare.html", {"list": found, "read": listed, "chosen": chosen})


@page("pages:acknowledge")
def acknowledge(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask again for the same case, saying that its red flags are being acted on."""
    found = suggestions.given_before(list_id=pk)
    codes = [flag["code"] for flag in found.answer["red_flags"] if flag["acknowledge"]]
    case = dict(found.case)
    wishes = case.pop("preferences", {})
    body = {
        "pathway": found.pathway.slug,
        "case": _asked(case),
        "acknowledged": codes,
        "preferences": wishes,
    }
    question = msgspec.convert(body, SuggestionBody).to_value()
    given = suggestions.suggest(request=question, by=request.user.get_username())
    metrics.count_suggestion_list(given.answer)
    return redirect("pages:review", pk=given.answer.id)


def _asked(case: dict[str, Any]) -> dict[str, Any]:
    """The stored case as a question: of an instrument, the answers go before their total."""
    instruments = [
        {name: each[name] for name in ("instrument", "answers" if each["answers"] else "total")}
        for each in case.get("instruments", ())
    ]
    return {**case, "instruments": instruments}


def _shown(
    request: HttpRequest,
    found: models.SuggestionList,
    *,
    problem: BadInput | Refused | None = None,
) -> HttpResponse:
    shown = {
        "stops": stops.active(pathway=found.pathway),
        "earlier": subjects.earlier_than(found),
        "list": found,
        "read": reading.read(found),
        "state": reviews.state_of(found),
        "reviews": found.reviews.all(),
        "reasons": REVIEW_REASONS,
        "weeks": WEEKS,
        "max_comment": MAX_COMMENT,
        "therapies": wording.all_words(pathway_id=found.pathway_id).therapies.values(),
        "problem": problem,
        "chosen": request.POST,
    }
    status = 200 if problem is None else 409 if isinstance(problem, Refused) else 400
    return render(request, "pages/review.html", shown, status=status)


def _decision(request: HttpRequest, found: models.SuggestionList) -> Decision:
    said = request.POST.get("decision", "")
    reason = request.POST.get("reason", "")
    comment = request.POST.get("comment", "").strip()
    if said.startswith(ACCEPT):
        return Decision(Outcome.ACCEPTED, said.removeprefix(ACCEPT), reason, comment)
    if said == "other":
        therapy = _code_of(request.POST.get("therapy", ""), found)
        return Decision(Outcome.OVERRIDDEN, therapy, reason, comment)
    if said == "none-fits":
        return Decision(Outcome.OVERRIDDEN, "", reason, comment)
    if said == "watch":
        weeks = request.POST.get("weeks", "")
        if weeks not in {str(each) for each in WEEKS}:
            raise BadInput("Say in how many weeks to review again.", field="weeks")
        note = f"Weeks until the next review: {weeks}. {comment}".strip()
        return Decision(Outcome.DEFERRED, "", "watch-and-review", note)
    if said == "defer":
        return Decision(Outcome.DEFERRED, "", reason, comment)
    raise BadInput("Choose one of the decisions.", field="decision")


def _code_of(text: str, found: models.SuggestionList) -> str:
    """The therapy's code, from its name or its code."""
    wanted = text.strip().casefold()
    for code, record in wording.all_words(pathway_id=found.pathway_id).therapies.items():
        if wanted in {code.casefold(), record.name.casefold()}:
            return code
    raise BadInput("Choose a therapy of the catalogue by its name.", field="therapy")
