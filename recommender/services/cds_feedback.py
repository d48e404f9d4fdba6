"""Feedback from EHRs on cards: a review of the list or notice behind each, recorded once."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from recommender import models
from recommender.clinical.review import Decision, Outcome
from recommender.exceptions import BadInput
from recommender.services import reviews, safety_notices


@dataclass(frozen=True, slots=True)
class Entry:
    """What came of one card; `card` is the id of its suggestion list or safety notice."""

    card: UUID
    outcome: Outcome
    suggestion: UUID | None = None
    reason: str = ""
    comment: str = ""


@transaction.atomic
def record(entries: Iterable[Entry], *, by: str) -> list[models.SafetyNotice]:
    """Record them all or none; answers the safety notices that were overridden just now.

    Cards that weren't given to this client are passed over.
    """
    overridden = []
    for entry in entries:
        # Locked, so that the same feedback sent twice at once is recorded once.
        lists = models.SuggestionList.objects.select_for_update().filter(requested_by=by)
        notices = models.SafetyNotice.objects.select_for_update(of=("self",)).filter(given_to=by)
        if (suggestion_list := lists.filter(pk=entry.card).first()) is not None:
            _review(suggestion_list, entry, by)
        elif (
            notice := notices.select_related("pathway").filter(pk=entry.card).first()
        ) is not None:
            decision = Decision(entry.outcome, reason_code=entry.reason, comment=entry.comment)
            if safety_notices.review(notice=notice, decision=decision, by=by) is not None:
                overridden.append(notice)
    return overridden


def _review(suggestion_list: models.SuggestionList, entry: Entry, by: str) -> None:
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
