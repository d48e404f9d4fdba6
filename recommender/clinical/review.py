"""Reviews: what a clinician may answer to a suggestion list, and why."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from recommender.clinical.coding import CODE_PATTERN
from recommender.clinical.privacy import identifier_in, identifier_in_prose
from recommender.exceptions import BadInput, Refused

MAX_COMMENT = 2000
LONGEST_WATCH = timedelta(days=366)


class Outcome(StrEnum):
    """The clinician's answer."""

    ACCEPTED = "accepted"
    OVERRIDDEN = "overridden"
    DEFERRED = "deferred"


# The coded reasons of an answer, each with the words that a clinician chooses it by. This
# project's own list; the EHR's door maps published codes to it.
REVIEW_REASONS: dict[str, str] = {
    "prefers-alternative": "The person prefers another therapy",
    "declined": "The person declined the therapy",
    "contraindicated": "Contraindicated for a reason that the list doesn't know",
    "side-effects": "Side effects expected or experienced",
    "tried-before": "Tried before without enough benefit",
    "not-available": "Not available here or in time",
    "cost": "Cost or coverage",
    "clinical-judgement": "Clinical judgement favours another therapy",
    "evidence-doubted": "The evidence doesn't fit this case",
    "incomplete-findings": "Findings are missing or wrong",
    "watch-and-review": "Watch and review later",
    "urgent-care-first": "Urgent care comes first",
    "benefit-outweighs-risk": "The benefit outweighs the risk that a rule warns of",
    "other": "Another reason, given in the comment",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """A clinician's answer to a suggestion list, before it's recorded.

    `review_on` is the day on which to look again, of a list that was deferred.
    """

    outcome: Outcome
    therapy: str = ""
    reason_code: str = ""
    comment: str = ""
    review_on: date | None = None


def check(
    decision: Decision, *, suggested: Collection[str], withheld: Collection[str], today: date
) -> None:
    """Refuse a decision that can't be recorded, by its field; never repeating what was written."""
    _check_words(decision)
    if decision.outcome is Outcome.ACCEPTED:
        _check_accepted(decision, suggested, withheld)
    if decision.outcome is Outcome.DEFERRED and decision.therapy:
        raise BadInput("A deferred list has no chosen therapy: leave it out.", field="therapy")
    if decision.review_on is not None:
        _check_day(decision.outcome, decision.review_on, today)
    if decision.therapy in withheld and not decision.reason_code:
        raise BadInput(
            "A safety rule withholds this therapy: say why it's chosen all the same.",
            field="reason",
        )


def _check_day(outcome: Outcome, day: date, today: date) -> None:
    if outcome is not Outcome.DEFERRED:
        raise BadInput("Only a deferred list has a day to review it on.", field="review_on")
    if not today < day <= today + LONGEST_WATCH:
        raise BadInput("Give a day from tomorrow to a year from now.", field="review_on")


def _check_accepted(
    decision: Decision, suggested: Collection[str], withheld: Collection[str]
) -> None:
    if not decision.therapy:
        raise BadInput("Name the therapy that was accepted.", field="therapy")
    if decision.therapy in withheld:
        raise Refused(
            "A safety rule withholds this therapy, so it can't be accepted. "
            "To choose it all the same, override the list and give the reason."
        )
    if decision.therapy not in suggested:
        raise BadInput(
            "This therapy isn't on the list. To choose another one, override the list.",
            field="therapy",
        )


def _check_words(decision: Decision) -> None:
    if decision.therapy and (
        not re.fullmatch(CODE_PATTERN, decision.therapy) or identifier_in(decision.therapy)
    ):
        raise BadInput("Give the therapy by its code.", field="therapy")
    if decision.reason_code and decision.reason_code not in REVIEW_REASONS:
        raise BadInput(f"Give one of: {', '.join(REVIEW_REASONS)}.", field="reason")
    if decision.reason_code == "other" and not decision.comment.strip():
        raise BadInput("Say in the comment what the other reason is.", field="comment")
    if len(decision.comment) > MAX_COMMENT:
        raise BadInput(f"Give at most {MAX_COMMENT} characters.", field="comment")
    if (what := identifier_in_prose(decision.comment)) is not None:
        raise BadInput(
            f"The comment holds what looks like {what}. Leave out who the person is.",
            field="comment",
        )
