"""Feedback from EHRs on cards: a review of the list or notice behind each, recorded once."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import orjson
from django.db import transaction
from django.utils import timezone

from recommender import models
from recommender.clinical.review import Decision, Outcome
from recommender.exceptions import BadInput
from recommender.services import reviews, safety_notices

_UNDATED = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """What came of one card; `card` is the id of its suggestion list or safety notice.

    `at` is when the clinician answered, where the EHR says so.
    """

    card: UUID
    outcome: Outcome
    suggestion: UUID | None = None
    reason: str = ""
    comment: str = ""
    at: datetime | None = None

    @property
    def told(self) -> str:
        """What it is known again by: all that it says, with its time; empty without a time."""
        if self.at is None:
            return ""
        document = orjson.dumps(self, option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(document).hexdigest()


@transaction.atomic
def record(entries: Iterable[Entry], *, by: str) -> list[models.SafetyNotice]:
    """Record them all or none, as they were made one after the other.

    Answers the safety notices that were overridden just now.
    Cards that weren't given to this client are passed over.
    """
    overridden = []
    for entry in sorted(entries, key=lambda each: each.at or _UNDATED):
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
    if not _is_known(suggestion_list, entry, decision, by):
        reviews.record(
            suggestion_list=suggestion_list,
            decision=decision,
            by=by,
            elsewhere=reviews.Elsewhere(entry.told, _answered(entry, suggestion_list)),
        )


def _answered(entry: Entry, suggestion_list: models.SuggestionList) -> datetime | None:
    """When it was answered: after the card and before now, whatever the EHR's clock says.

    So no other date that somebody writes there is kept.
    """
    if entry.at is None:
        return None
    return min(max(entry.at, suggestion_list.created), timezone.now())


def _decision(entry: Entry, suggestion_list: models.SuggestionList) -> Decision:
    if entry.outcome is not Outcome.ACCEPTED:
        return Decision(entry.outcome, reason_code=entry.reason, comment=entry.comment)
    for suggestion in suggestion_list.answer["suggestions"]:
        if suggestion["id"] == str(entry.suggestion):
            return Decision(Outcome.ACCEPTED, therapy=suggestion["therapy"]["code"])
    raise BadInput("The card has no such suggestion.", field="acceptedSuggestions")


def _is_known(
    suggestion_list: models.SuggestionList, entry: Entry, decision: Decision, by: str
) -> bool:
    """Whether it was told before: the same answer of the same time, or the last one once more.

    Somebody may accept, override and accept again; without a time that isn't told from a repeat.
    """
    own = list(suggestion_list.reviews.filter(reviewed_by=by))
    if entry.told and any(each.told == entry.told for each in own):
        return True
    return any(_says(each, decision) for each in (own[-1:] if entry.told else own))


def _says(review: models.Review, decision: Decision) -> bool:
    kept = (review.outcome, review.therapy, review.reason_code, review.comment)
    said = (decision.outcome.value, decision.therapy, decision.reason_code, decision.comment)
    return kept == said
