"""Feedback from EHRs on cards: a review of the list behind each, recorded once."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from recommender import models
from recommender.clinical.review import Decision, Outcome
from recommender.exceptions import BadInput
from recommender.services import reviews


@dataclass(frozen=True, slots=True)
class Entry:
    """What came of one card; `card` is the id of its suggestion list."""

    card: UUID
    outcome: Outcome
    suggestion: UUID | None = None
    reason: str = ""
    comment: str = ""


@transaction.atomic
def record(entries: Iterable[Entry], *, by: str) -> None:
    """Record them all or none. Cards of others, and cards without a list, are passed over."""
    for entry in entries:
        # Locked, so that the same feedback sent twice at once is recorded once.
        found = models.SuggestionList.objects.select_for_update().filter(
            pk=entry.card, requested_by=by
        )
        suggestion_list = found.first()
        if suggestion_list is None:
            continue
        decision = _decision(entry, suggestion_list)
        if not _is_known(suggestion_list, decision, by):
            reviews.record(
                suggestion_list=suggestion_list, decision=decision, by=by, made_elsewhere=True
            )


def _decision(entry: Entry, suggestion_list: models.SuggestionList) -> Decision:
    if entry.outcome is not Outcome.ACCEPTED:
        return Decision(entry.outcome, reason_code=entry.reason, comment=entry.comment)
    for suggestion in suggestion_list.answer["suggestions"]:
        if suggestion["id"] == str(entry.suggestion):
            return Decision(Outcome.ACCEPTED, therapy=suggestion["therapy"]["code"])
    raise BadInput("The card has no such suggestion.", field="acceptedSuggestions")


def _is_known(suggestion_list: models.SuggestionList, decision: Decision, by: str) -> bool:
    return suggestion_list.reviews.filter(
        outcome=decision.outcome.value,
        therapy=decision.therapy,
        reason_code=decision.reason_code,
        comment=decision.comment,
        reviewed_by=by,
    ).exists()
