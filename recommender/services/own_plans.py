"""Own plans: written before a list is shown where the site asks for it, and compared afterwards."""

import hashlib

import orjson
from django.conf import settings
from django.db import transaction

from recommender import models
from recommender.clinical.own_plan import Intent, Plan, check
from recommender.clinical.review import Outcome
from recommender.exceptions import Refused
from recommender.services import audit

RECORDED = "own_plan.recorded"
_Stage = models.SuggestionList.Stage


def plan_of(suggestion_list: models.SuggestionList, *, by: str) -> models.OwnPlan | None:
    """What this clinician planned before they saw the list."""
    return suggestion_list.own_plans.filter(by=by).first()


def comes_first(suggestion_list: models.SuggestionList, *, by: str) -> bool:
    """Whether this clinician has to write a plan before the list is shown to them."""
    if not settings.PLAN_FIRST or not suggestion_list.answer["suggestions"]:
        return False
    if suggestion_list.stage in (_Stage.SECOND, _Stage.DECIDED):
        return False
    if suggestion_list.reviews.filter(reviewed_by=by).exists():
        return False
    return plan_of(suggestion_list, by=by) is None


@transaction.atomic
def record(*, suggestion_list: models.SuggestionList, plan: Plan, by: str) -> models.OwnPlan:
    """Keep the plan; nobody changes it after having seen the list."""
    check(plan)
    kept, new = models.OwnPlan.objects.get_or_create(
        suggestion_list=suggestion_list,
        by=by,
        defaults={"intent": plan.intent.value, "therapy": plan.therapy, "note": plan.note},
    )
    if not new:
        raise Refused("Your plan was recorded before, and the list has been shown since.")
    audit.record(
        action=RECORDED,
        target=str(suggestion_list.pk),
        version=str(suggestion_list.model_version_id),
        by=by,
        digest=hashlib.sha256(orjson.dumps(plan)).hexdigest(),
    )
    return kept


def came_of(plan: models.OwnPlan) -> str:
    """What its writer decided once they had seen the list, beside what they had planned."""
    made = [each for each in plan.suggestion_list.reviews.all() if each.reviewed_by == plan.by]
    counting = [each for each in made if each.counts]
    if not counting:
        return "not decided yet"
    last = counting[-1]
    if plan.intent == Intent.UNDECIDED:
        return "was undecided"
    if plan.intent == Intent.WATCH:
        is_same = last.outcome == Outcome.DEFERRED
    else:
        is_same = last.therapy == plan.therapy
    return "as planned" if is_same else "changed"
