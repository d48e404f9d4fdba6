"""The parts a rating scale is made of: items, bands, cut-offs, and what they come to."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from recommender.clinical.sourcing import Sourced


class Direction(StrEnum):
    """Which way a score gets better; screens and risk flags aren't followed over time."""

    LOWER_IS_BETTER = "lower is better"
    HIGHER_IS_BETTER = "higher is better"
    RISK_FLAG = "risk flag"
    SCREEN_ONLY = "screen only"


class Change(StrEnum):
    """What two scores say when the scale has a sourced figure for reliable change."""

    RELIABLE_IMPROVEMENT = "reliable improvement"
    RELIABLE_DETERIORATION = "reliable deterioration"
    NO_RELIABLE_CHANGE = "no reliable change"


@dataclass(frozen=True, slots=True)
class Item:
    """One question, by its number; answered by a whole number from 0 to `highest`."""

    id: str
    highest: int
    loinc: Sourced[str] | None = None
    counts: bool = True

    @property
    def remedy(self) -> str:
        """What a usable answer looks like."""
        if self.highest == 1:
            return "give 1 for yes or 0 for no"
        return f"give a whole number from 0 to {self.highest}"


@dataclass(frozen=True, slots=True)
class Band:
    """A range of totals, both ends included, and the word for it."""

    lowest: int
    highest: int
    name: str


@dataclass(frozen=True, slots=True)
class CutOff:
    """A total from which (or, on a scale where less is worse, down to which) a screen counts."""

    name: str
    at: int
    or_lower: bool = False

    def is_reached(self, total: int) -> bool:
        """Whether the total counts."""
        return total <= self.at if self.or_lower else total >= self.at


@dataclass(frozen=True, slots=True)
class Improvement:
    """A drop that is read as improvement: in points, or as a share of the first score."""

    name: str
    points: float | None = None
    share: float | None = None

    def is_reached(self, before: int, after: int) -> bool:
        """Whether the score dropped by as much."""
        drop = before - after
        if self.points is not None:
            return drop >= self.points
        return self.share is not None and before > 0 and drop >= self.share * before


@dataclass(frozen=True, slots=True)
class SafetyItem:
    """An item whose answer asks for a person's attention, whatever the total."""

    item: str
    at_least: int


@dataclass(frozen=True, slots=True)
class Score:
    """What a set of answers comes to; `total` is None for a scale that has no total."""

    instrument: str
    total: int | None
    severity: str | None
    reached: tuple[CutOff, ...]
    raised: tuple[SafetyItem, ...]


def numbered(
    count: int, highest: int, loinc: Mapping[str, Sourced[str]] | None = None
) -> tuple[Item, ...]:
    """Items 1, 2, … that are all answered from 0 to `highest`."""
    codes = loinc or {}
    return tuple(Item(str(n), highest, codes.get(str(n))) for n in range(1, count + 1))
