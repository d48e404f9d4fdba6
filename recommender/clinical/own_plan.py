"""Own plans: what a clinician means to do before a list is shown."""

import re
from dataclasses import dataclass
from enum import StrEnum

from recommender.clinical.coding import CODE_PATTERN
from recommender.clinical.privacy import identifier_in, identifier_in_prose
from recommender.exceptions import BadInput

MAX_NOTE = 2000


class Intent(StrEnum):
    """What a plan comes to."""

    THERAPY = "therapy"
    WATCH = "watch"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Plan:
    """A clinician's own plan for a case; the note is theirs and names nobody."""

    intent: Intent
    therapy: str = ""
    note: str = ""


def check(plan: Plan) -> None:
    """Refuse a plan that can't be kept, by its field; never repeating what was written."""
    if plan.intent is Intent.THERAPY and not plan.therapy:
        raise BadInput("Name the therapy that you plan.", field="therapy")
    if plan.intent is not Intent.THERAPY and plan.therapy:
        raise BadInput("Only the plan of a therapy names one.", field="therapy")
    if plan.therapy and (
        not re.fullmatch(CODE_PATTERN, plan.therapy) or identifier_in(plan.therapy)
    ):
        raise BadInput("Give the therapy by its code.", field="therapy")
    if len(plan.note) > MAX_NOTE:
        raise BadInput(f"Give at most {MAX_NOTE} characters.", field="note")
    if (what := identifier_in_prose(plan.note)) is not None:
        raise BadInput(
            f"The note holds what looks like {what}. Leave out who the person is.", field="note"
        )
