"""MDQ: a bipolar screen of thirteen yes-or-no items and two more about them.

Item 14 is whether several happened together, item 15 whether the problem was moderate or serious.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from recommender.clinical.instruments.base import Instrument
from recommender.clinical.instruments.parts import CutOff, Direction, Item, Score, numbered
from recommender.clinical.sourcing import unverified
from recommender.exceptions import BadInput

TOGETHER = "14"
PROBLEM = "15"


@dataclass(frozen=True, slots=True, kw_only=True)
class MoodDisorderScreen(Instrument):
    """A screen whose cut-off needs the last two answers besides the total of the first part."""

    def cutoffs_reached(self, answers: Mapping[str, int], total: int | None) -> tuple[CutOff, ...]:
        """The cut-off, when the total reaches it and both further answers are yes."""
        if not (answers[TOGETHER] and answers[PROBLEM]):
            return ()
        return Instrument.cutoffs_reached(self, answers, total)

    def score_total(self, total: int) -> Score:  # noqa: ARG002
        """Refused: the total alone can't say whether the screen is positive."""
        raise BadInput(f"A total of the {self.name} isn't enough: give its answers.", field="total")


MDQ = MoodDisorderScreen(
    id="mdq",
    name="MDQ",
    layout=unverified(
        (*numbered(13, 1), Item(TOGETHER, 1, counts=False), Item(PROBLEM, 1, counts=False)),
        "community.the-hospitalist.org screening-tool page",
        "that there are 15 items is verified; how they're divided and answered isn't",
    ),
    direction=Direction.SCREEN_ONLY,
    recall=unverified("lifetime"),
    total_range=unverified((0, 13), note="of the first part"),
    cutoffs=(
        unverified(
            CutOff("bipolar screen", 7),
            note="7 or more of 13, together, and a moderate or serious problem",
        ),
    ),
    safety_note=unverified("A positive screen asks for a bipolar check before any antidepressant."),
    licence=unverified("Copyright (University of Texas Medical Branch). Store the result only."),
)
