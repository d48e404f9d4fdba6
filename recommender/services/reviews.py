"""Reviews: what a clinician decided on a suggestion list, recorded beside it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from recommender import models
from recommender.clinical.review import Decision, Outcome, check
from recommender.exceptions import Refused
from recommender.services import audit, own_choices, stops

RECORDED = "suggestion_list.reviewed"


@dataclass(frozen=True, slots=True)
class ReviewState:
    """What may still be decided on a list, and until when.

    `decided` is the first decision that counts, so no deferral, and none that a second person
    hasn't agreed to; `waiting` is the last one, while it waits for that person.
    """

    expires: datetime
    decided: models.Review | None
    waiting: models.Review | None
    now: datetime

    @property
    def changeable_until(self) -> datetime | None:
        """Until when the decision may be changed; None while there is none."""
        if self.decided is None:
            return None
        since = self.decided.second_at or self.decided.created
        return since + timedelta(hours=settings.REVIEW_CHANGE_HOURS)

    @property
    def is_expired(self) -> bool:
        """Whether the list grew too old before anybody decided."""
        return self.decided is None and self.now >= self.expires

    @property
    def is_closed(self) -> bool:
        """Whether a decision stands that can't be changed any more."""
        return self.changeable_until is not None and self.now >= self.changeable_until

    @property
    def is_open(self) -> bool:
        """Whether a decision can be recorded now."""
        return not self.is_expired and not self.is_closed


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Of a decision that was made in an EHR: what it is known again by, and when it was made."""

    told: str = ""
    answered: datetime | None = None


def lifetime() -> timedelta:
    """How long a list may wait for its review."""
    return timedelta(days=settings.REVIEW_EXPIRES_DAYS)


def state_of(suggestion_list: models.SuggestionList) -> ReviewState:
    """Where the review of the list stands. The time for changes runs from the first decision."""
    made = sorted(suggestion_list.reviews.all(), key=lambda each: each.created)
    counting = [each for each in made if each.outcome != Outcome.DEFERRED and each.counts]
    last = made[-1] if made else None
    return ReviewState(
        expires=suggestion_list.created + lifetime(),
        decided=counting[0] if counting else None,
        waiting=last if last is not None and last.waits_for_second else None,
        now=timezone.now(),
    )


def lock(suggestion_list: models.SuggestionList) -> None:
    """Let one review of the list be made after the other, in the caller's transaction."""
    models.SuggestionList.objects.select_for_update().only("pk").get(pk=suggestion_list.pk)


def counting() -> QuerySet[models.Review]:
    """The reviews that count; not those that a second person hasn't agreed to."""
    return models.Review.objects.filter(Q(against_floor=False) | Q(second_agrees=True))


@transaction.atomic
def record(
    *,
    suggestion_list: models.SuggestionList,
    decision: Decision,
    by: str,
    elsewhere: Elsewhere | None = None,
) -> models.Review:
    """Record the decision; a later one on the same list stands beside it.

    What was decided elsewhere already, in an EHR, is recorded whenever it's told.
    """
    lock(suggestion_list)
    if elsewhere is None:
        _refuse_late(state_of(suggestion_list))
        _refuse_stopped(suggestion_list, decision)
    stop = own_choices.stop_against(suggestion_list, therapy=decision.therapy)
    check(
        decision,
        suggested=[each["therapy"]["code"] for each in suggestion_list.answer["suggestions"]],
        withheld=() if stop is None else (decision.therapy,),
        today=timezone.localdate(),
    )

    review = models.Review.objects.create(
        suggestion_list=suggestion_list,
        outcome=decision.outcome.value,
        therapy=decision.therapy,
        reason_code=decision.reason_code,
        comment=decision.comment,
        review_on=decision.review_on,
        against_floor=stop is not None and stop.is_of_floor,
        reviewed_by=by,
        told=elsewhere.told if elsewhere else "",
        answered=elsewhere.answered if elsewhere else None,
    )
    audit.record(
        action=RECORDED,
        target=str(suggestion_list.pk),
        version=str(suggestion_list.model_version_id),
        by=by,
        digest=_digest_of(decision),
    )
    return review


def _refuse_late(state: ReviewState) -> None:
    if state.is_expired:
        raise Refused("This list has expired. Ask again with the case as it is now.")
    if state.is_closed:
        raise Refused("The time to change this decision is over. Ask again for a new list.")


def _refuse_stopped(suggestion_list: models.SuggestionList, decision: Decision) -> None:
    """A list may have been given before a stop; accepting from it would go round the stop."""
    if decision.outcome is not Outcome.ACCEPTED:
        return
    stop = stops.in_the_way_of(suggestion_list, therapy=decision.therapy)
    if stop is not None:
        raise Refused(
            f"Stopped at this site ({stop.subject}): {stop.reason} "
            "Defer, or record your own choice as another therapy."
        )


def _digest_of(decision: Decision) -> str:
    """SHA-256 of the decision in one spelling."""
    return hashlib.sha256(orjson.dumps(decision, option=orjson.OPT_SORT_KEYS)).hexdigest()
