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

    `others` is how many resources were left out because they are another patient's; `by_other_id`
    says that the record names its one patient by another id than that of the open chart.
    """

    without: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()
    others: int = 0
    by_other_id: bool = False

    def __bool__(self) -> bool:
        return bool(self.without or self.cut or self.is_doubtful)

    @property
    def is_doubtful(self) -> bool:
        """Whether it may be the wrong patient's in part or as a whole."""
        return self.others > 0 or self.by_other_id

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
        by_other_id = {"by_other_id": True} if self.by_other_id else {}
        return {"without": list(self.without), "cut": list(self.cut), **others, **by_other_id}

    @classmethod
    def from_stored(cls, kept: Mapping[str, Any] | None) -> "Gaps":
        """The way back from `as_stored`."""
        if not kept:
            return NO_GAPS
        return cls(
            tuple(kept["without"]), tuple(kept["cut"]), kept.get("others", 0), "by_other_id" in kept
        )


NO_GAPS = Gaps()


def _told_by(names: Iterable[str]) -> str:
    return ", ".join(TOLD_BY.get(name, name) for name in names)
