"""Reviews: what a clinician may answer to a suggestion list, and why."""

from dataclasses import dataclass
from enum import StrEnum

MAX_COMMENT = 2000


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
    """A clinician's answer to a suggestion list, before it's recorded."""

    outcome: Outcome
    therapy: str = ""
    reason_code: str = ""
    comment: str = ""
