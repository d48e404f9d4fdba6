"""Conditions on the scores of rating scales."""

from dataclasses import dataclass
from enum import StrEnum

from recommender.clinical.conditions.base import Form, Leaf
from recommender.clinical.judgement import FAILS, Input, Judgement, holds, lacks
from recommender.clinical.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class ItemAtLeast(Leaf):
    """The latest answer to this item of a scale is this or more."""

    instrument: str
    item: str
    minimum: int

    def as_written(self) -> Form:
        """How it is written down."""
        asked: Form = {"instrument": self.instrument, "item": self.item}
        return {"item_at_least": {**asked, "minimum": self.minimum}}

    def judge(self, snapshot: Snapshot) -> Judgement:
        """An item left out of the latest set is unknown, whatever an earlier set said."""
        asked = Input("instrument", f"{self.instrument}:{self.item}")
        latest = next(iter(snapshot.assessed(self.instrument)), None)
        answer = None if latest is None else latest.answers.get(self.item)
        if answer is None:
            return lacks(asked)
        return holds(Input(asked.kind, asked.code, answer)) if answer >= self.minimum else FAILS


@dataclass(frozen=True, slots=True)
class TotalAtLeast(Leaf):
    """The latest total of a scale is this or more."""

    instrument: str
    minimum: int

    def as_written(self) -> Form:
        """How it is written down."""
        return {"total_at_least": {"instrument": self.instrument, "minimum": self.minimum}}

    def judge(self, snapshot: Snapshot) -> Judgement:
        """A latest set without a total leaves it open."""
        total = _latest_total(snapshot, self.instrument)
        if total is None:
            return lacks(Input("instrument", self.instrument))
        return (
            holds(Input("instrument", self.instrument, total)) if total >= self.minimum else FAILS
        )


@dataclass(frozen=True, slots=True)
class TotalAtMost(Leaf):
    """The latest total of a scale is this or less."""

    instrument: str
    maximum: int

    def as_written(self) -> Form:
        """How it is written down."""
        return {"total_at_most": {"instrument": self.instrument, "maximum": self.maximum}}

    def judge(self, snapshot: Snapshot) -> Judgement:
        """A latest set without a total leaves it open."""
        total = _latest_total(snapshot, self.instrument)
        if total is None:
            return lacks(Input("instrument", self.instrument))
        return (
            holds(Input("instrument", self.instrument, total)) if total <= self.maximum else FAILS
        )


class Way(StrEnum):
    """Which way a total went; whether that is good or bad is the scale's matter."""

    RISE = "rise"
    FALL = "fall"


@dataclass(frozen=True, slots=True)
class ChangeAtLeast(Leaf):
    """The total of a scale rose or fell by this much or more since the set before."""

    instrument: str
    points: int
    way: Way

    def as_written(self) -> Form:
        """How it is written down."""
        return {f"{self.way}_at_least": {"instrument": self.instrument, "points": self.points}}

    def judge(self, snapshot: Snapshot) -> Judgement:
        """Needs the two latest sets, both with a total."""
        asked = Input("instrument", f"{self.instrument}:change")
        totals = [each.total for each in snapshot.assessed(self.instrument)[:2]]
        if len(totals) < 2 or totals[0] is None or totals[1] is None:
            return lacks(asked)
        rise = totals[0] - totals[1]
        moved = rise if self.way is Way.RISE else -rise
        return holds(Input(asked.kind, asked.code, rise)) if moved >= self.points else FAILS


def _latest_total(snapshot: Snapshot, scale: str) -> int | None:
    latest = next(iter(snapshot.assessed(scale)), None)
    return None if latest is None else latest.total
