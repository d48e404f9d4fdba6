"""What a patient's record left open when an EHR gave it: by its parts' names, and in words."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

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
    """The parts that neither came nor could be read, and those that aren't all there is."""

    without: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.without or self.cut)

    @property
    def not_known(self) -> str:
        """What neither came nor could be read, in words."""
        return _told_by(self.without)

    @property
    def not_whole(self) -> str:
        """What isn't all there is, in words."""
        return _told_by(self.cut)

    def as_stored(self) -> dict[str, list[str]] | None:
        """As it is kept with a list; nothing where nothing is missing."""
        return {"without": list(self.without), "cut": list(self.cut)} if self else None

    @classmethod
    def from_stored(cls, kept: Mapping[str, Sequence[str]] | None) -> "Gaps":
        """The way back from `as_stored`."""
        return cls(tuple(kept["without"]), tuple(kept["cut"])) if kept else NO_GAPS


NO_GAPS = Gaps()


def _told_by(names: Iterable[str]) -> str:
    return ", ".join(TOLD_BY.get(name, name) for name in names)
