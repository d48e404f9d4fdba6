"""What a clinician filled in on the review page, as a decision or a plan."""

from datetime import date, timedelta

from django.http import HttpRequest
from django.utils import timezone

from recommender import models
from recommender.clinical.own_plan import Intent, Plan
from recommender.clinical.review import LONGEST_WATCH, Decision, Outcome
from recommender.exceptions import BadInput
from recommender.services import wording

ACCEPT = "accept:"
WATCHES = {1: "in a week", 2: "in 2 weeks", 4: "in 4 weeks", 8: "in 8 weeks", 12: "in 12 weeks"}


def decision_of(request: HttpRequest, found: models.SuggestionList) -> Decision:
    """The decision in the form."""
    said = request.POST.get("decision", "")
    reason = request.POST.get("reason", "")
    comment = request.POST.get("comment", "").strip()
    if said.startswith(ACCEPT):
        return Decision(Outcome.ACCEPTED, said.removeprefix(ACCEPT), reason, comment)
    if said == "other":
        return Decision(Outcome.OVERRIDDEN, therapy_of(request, found), reason, comment)
    if said == "none-fits":
        return Decision(Outcome.OVERRIDDEN, "", reason, comment)
    if said == "watch":
        return Decision(
            Outcome.DEFERRED, "", reason or "watch-and-review", comment, _day_of(request)
        )
    if said == "defer":
        return Decision(Outcome.DEFERRED, "", reason, comment)
    raise BadInput("Choose one of the decisions.", field="decision")


def plan_of(request: HttpRequest, found: models.SuggestionList) -> Plan:
    """The plan in the form."""
    intent = request.POST.get("intent", "")
    if intent not in set(Intent):
        raise BadInput("Choose what you plan.", field="intent")
    note = request.POST.get("note", "").strip()
    therapy = therapy_of(request, found) if intent == Intent.THERAPY else ""
    return Plan(Intent(intent), therapy, note)


def therapy_of(request: HttpRequest, found: models.SuggestionList) -> str:
    """The therapy's code, from its name or its code."""
    wanted = request.POST.get("therapy", "").strip().casefold()
    for code, record in wording.all_words(pathway_id=found.pathway_id).therapies.items():
        if wanted in {code.casefold(), record.name.casefold()}:
            return code
    raise BadInput("Choose a therapy of the catalogue by its name.", field="therapy")


def days_to_watch() -> dict[str, str]:
    """Days that are often chosen, each with what it is from today."""
    today = timezone.localdate()
    return {(today + timedelta(weeks=weeks)).isoformat(): words for weeks, words in WATCHES.items()}


def first_and_last_day() -> tuple[str, str]:
    """Between which days a list may be looked at again."""
    today = timezone.localdate()
    return (today + timedelta(days=1)).isoformat(), (today + LONGEST_WATCH).isoformat()


def _day_of(request: HttpRequest) -> date:
    try:
        return date.fromisoformat(request.POST.get("review_on", ""))
    except ValueError:
        raise BadInput("Say on which day to review again.", field="review_on") from None
