"""What a patient's record left open when an EHR gave it: by its parts' names, and in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# What each part of a record tells, in the words of an answer that has to do without it.
TOLD_BY: Mapping[str, str] = {
    "patient": "sex and age",
    "conditions": "conditions",
    "observations": "rating scales and social history",
    "questionnaires": "questionnaires",
    "medications": "prescriptions",
    "statements": "medication statements",
    "procedures": "procedures",
    "allergies": "allergies",
    "family": "family history",
}


@dataclass(frozen=True, slots=True)
class Gaps:
    """The parts that neither came nor could be read, and those that aren't all there is.

    `others` is how many resources were left out because they are another patient's.
    """

    without: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()
    others: int = 0

    def __bool__(self) -> bool:
        return bool(self.without or self.cut or self.others)

    @property
    def not_known(self) -> str:
        """What neither came nor could be read, in words."""
        return _told_by(self.without)

    @property
    def not_whole(self) -> str:
        """What isn't all there is, in words."""
        return _told_by(self.cut)

    def as_stored(self) -> dict[str, Any] | None:
        """As it is kept with a list; nothing where nothing is missing."""
        if not self:
            return None
        others = {"others": self.others} if self.others else {}
        return {"without": list(self.without), "cut": list(self.cut), **others}

    @classmethod
    def from_stored(cls, kept: Mapping[str, Any] | None) -> "Gaps":
        """The way back from `as_stored`."""
        if not kept:
            return NO_GAPS
        return cls(tuple(kept["without"]), tuple(kept["cut"]), kept.get("others", 0))


NO_GAPS = Gaps()


def _told_by(names: Iterable[str]) -> str:
    return ", ".join(TOLD_BY.get(name, name) for name in names)
