"""The review page: what is put forward, what was kept back, and the clinician's decision."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from api import metrics
from api.pages import preferences, reading
from api.pages.decisions import (
    days_to_watch,
    decision_of,
    first_and_last_day,
    plan_of,
)
from api.pages.guard import page
from api.pages.suggestion_words import place_in_words
from api.v1.suggestion_bodies import SuggestionBody
from recommender import models
from recommender.clinical.own_plan import MAX_NOTE, Intent
from recommender.clinical.review import MAX_COMMENT, REVIEW_REASONS
from recommender.exceptions import BadInput, Refused
from recommender.services import (
    missing,
    own_choices,
    own_plans,
    record_gaps,
    reviews,
    second_person,
    stops,
    subjects,
    suggestions,
    wording,
)

MOST_COMPARED = 3
Problem = BadInput | Refused


@page("pages:review")
def review(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The page of one list; a POST records what was decided."""
    found = suggestions.given_before(list_id=pk)
    if request.method != "POST":
        return _shown(request, found)
    try:
        recorded = reviews.record(
            suggestion_list=found,
            decision=decision_of(request, found),
            by=request.user.get_username(),
        )
    except (BadInput, Refused) as problem:
        return _shown(request, found, problem=problem)
    metrics.count_review(suggestion_list=found, therapy=recorded.therapy)
    return redirect("pages:review", pk=pk)


@page("pages:plan")
def plan(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Keep the clinician's own plan, then show the list."""
    found = suggestions.given_before(list_id=pk)
    try:
        own_plans.record(
            suggestion_list=found, plan=plan_of(request, found), by=request.user.get_username()
        )
    except (BadInput, Refused) as problem:
        return _shown(request, found, problem=problem)
    return redirect("pages:review", pk=pk)


@page("pages:second")
def second(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say as the second person whether a choice against a rule of the floor stands."""
    answered = second_person.answer(
        review_id=pk,
        agrees=request.POST.get("agrees") == "yes",
        by=request.user.get_username(),
    )
    return redirect("pages:review", pk=answered.suggestion_list_id)


@page("pages:compare")
def compare(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Two or three suggestions of a list side by side."""
    found = suggestions.given_before(list_id=pk)
    if own_plans.comes_first(found, by=request.user.get_username()):
        return redirect("pages:review", pk=pk)
    asked = request.GET.getlist("therapy")
    listed = reading.read(found)
    chosen = [each for each in listed.suggestions if each.given["therapy"]["code"] in asked]
    if not 2 <= len(chosen) <= MOST_COMPARED:
        raise BadInput("Tick two or three suggestions of the list to compare them.")
    return render(request, "pages/compare.html", {"list": found, "read": listed, "chosen": chosen})


@page("pages:print")
def together(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The suggestions by name, without their ranks, for deciding together with the person."""
    found = suggestions.given_before(list_id=pk)
    if own_plans.comes_first(found, by=request.user.get_username()):
        return redirect("pages:review", pk=pk)
    listed = reading.read(found)
    by_name = preferences.in_order(listed, preferences.Wishes(order="name"))
    shown = {"list": found, "read": listed, "chosen": by_name, "state": reviews.state_of(found)}
    return render(request, "pages/print.html", shown)


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
    record_gaps.carry_over(to=given.answer.id, earlier=found)
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
    request: HttpRequest, found: models.SuggestionList, *, problem: Problem | None = None
) -> HttpResponse:
    by = request.user.get_username()
    catalogue = wording.all_words(pathway_id=found.pathway_id).therapies
    read = reading.read(found, catalogue=catalogue)
    state = reviews.state_of(found)
    shown: dict[str, Any] = {
        "list": found,
        "read": read,
        "missing": reading.read_missing(read.words, missing.missing_of(found)),
        "gaps": record_gaps.gaps_of(found),
        "version": _version(found),
        "stops": stops.active(pathway=found.pathway),
        "earlier": subjects.earlier_than(found),
        "state": state,
        "reviews": [(each, read.words.therapy_name(each.therapy)) for each in found.reviews.all()],
        "therapies": catalogue.values(),
        "problem": problem,
        "chosen": request.POST,
    }
    if own_plans.comes_first(found, by=by):
        shown |= {"plan_first": True, "intents": list(Intent), "max_note": MAX_NOTE}
    else:
        shown |= _wishes(request, read) | _deciding(found, by, read, catalogue)
        shown |= _waiting(found, state, read)
        shown["stop"] = _stop_in_the_way(request, found, problem)
    status = 200 if problem is None else 409 if isinstance(problem, Refused) else 400
    return render(request, "pages/review.html", shown, status=status)


def _wishes(request: HttpRequest, read: reading.ReadList) -> dict[str, Any]:
    wishes = preferences.Wishes.of(request.GET)
    return {
        "wishes": wishes,
        "ordered": preferences.in_order(read, wishes),
        "orders": preferences.ORDERS,
        "kinds": preferences.kinds_among(read),
        "effects": preferences.effects_among(read),
    }


def _deciding(
    found: models.SuggestionList,
    by: str,
    read: reading.ReadList,
    catalogue: Mapping[str, models.TherapyRecord],
) -> dict[str, Any]:
    own = own_plans.plan_of(found, by=by)
    planned = catalogue.get(own.therapy) if own else None
    first_day, last_day = first_and_last_day()
    return {
        "own_plan": own,
        "own_plan_place": place_in_words(read.answer, own.therapy) if own and own.therapy else "",
        "own_plan_name": planned.name if planned else "",
        "reasons": REVIEW_REASONS,
        "days": days_to_watch(),
        "first_day": first_day,
        "last_day": last_day,
        "max_comment": MAX_COMMENT,
    }


def _waiting(
    found: models.SuggestionList, state: reviews.ReviewState, read: reading.ReadList
) -> dict[str, Any]:
    """What a second person has to know of the decision that waits for them."""
    waiting = state.waiting
    if waiting is None:
        return {}
    return {
        "waiting_name": read.words.therapy_name(waiting.therapy),
        "waiting_stop": own_choices.stop_against(found, therapy=waiting.therapy),
        "waiting_reason": REVIEW_REASONS.get(waiting.reason_code, ""),
    }


def _stop_in_the_way(
    request: HttpRequest, found: models.SuggestionList, problem: Problem | None
) -> own_choices.SafetyStop | None:
    """What keeps the therapy back that somebody chose without giving the reason for it."""
    if not isinstance(problem, BadInput) or problem.field != "reason":
        return None
    return own_choices.stop_against(found, therapy=decision_of(request, found).therapy)


def _version(found: models.SuggestionList) -> models.ModelVersion:
    """The version with the data sets that it learned from."""
    return (
        models.ModelVersion.objects.select_related("training_run")
        .prefetch_related("training_run__datasets")
        .get(pk=found.model_version_id)
    )
