"""Evidence: what published studies say of a therapy, apart from the order and from the case."""

from dataclasses import dataclass
from typing import Any, Self

CONTROL = "control"
"""Stands in a study for its control arm: a waiting list, usual care, an attention control."""

MOST_CONDITIONS_NAMED = 4


@dataclass(frozen=True, slots=True)
class TrialArm:
    """One arm of a study: how many of those assigned to it responded.

    `therapy` is CONTROL for a control arm; a risk of bias of None wasn't said. `source` is the
    data set that it came with.
    """

    study: str
    therapy: str
    responders: int
    n: int
    condition: str = ""
    age_group: str = ""
    region: str = ""
    high_risk_of_bias: bool | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class OddsRatio:
    """The odds of a response against those of control, with an interval."""

    value: float
    lower: float
    upper: float
    level: float

    def as_given(self) -> dict[str, float]:
        """The ratio as it's sent and stored."""
        return {
            "odds_ratio": self.value,
            "lower": self.lower,
            "upper": self.upper,
            "level": self.level,
        }

    @classmethod
    def from_given(cls, given: dict[str, float]) -> Self:
        """The ratio of its document."""
        return cls(given["odds_ratio"], given["lower"], given["upper"], given["level"])


@dataclass(frozen=True, slots=True)
class TherapyEvidence:
    """What studies say of one therapy.

    `alone` is this therapy's own studies, pooled; `used` is that drawn to the other active
    therapies as far as no study shows that they differ. `differs` is whether any does.
    """

    studies: int
    people: int
    not_low_risk: int
    conditions: tuple[str, ...]
    sources: tuple[str, ...]
    alone: OddsRatio
    used: OddsRatio
    differs: bool

    @property
    def text(self) -> str:
        """The evidence in words; no therapy is set above another where no study does."""
        used = self.used
        ratio = f"odds ratio {used.value:.1f} ({used.lower:.1f} to {used.upper:.1f})"
        what = f"{ratio} against control for this therapy"
        if not self.differs:
            what = (
                f"{ratio} against control for the active therapies together, since no study here "
                "shows that they differ"
            )
        return (
            f"{_counted(self.studies, 'study', 'studies')} of {self.people:,} people"
            f"{_in_conditions(self.conditions)}, {self.not_low_risk} not at low risk of bias: "
            f"{what}."
        )

    def as_given(self) -> dict[str, Any]:
        """The evidence as it's sent and stored."""
        return {
            "studies": self.studies,
            "people": self.people,
            "studies_not_at_low_risk_of_bias": self.not_low_risk,
            "conditions": list(self.conditions),
            "sources": list(self.sources),
            "pooled": self.alone.as_given(),
            "used": self.used.as_given(),
            "active_therapies_differ": self.differs,
            "text": self.text,
        }

    @classmethod
    def from_given(cls, given: dict[str, Any]) -> Self:
        """The evidence of its document."""
        return cls(
            studies=given["studies"],
            people=given["people"],
            not_low_risk=given["studies_not_at_low_risk_of_bias"],
            conditions=tuple(given["conditions"]),
            sources=tuple(given["sources"]),
            alone=OddsRatio.from_given(given["pooled"]),
            used=OddsRatio.from_given(given["used"]),
            differs=given["active_therapies_differ"],
        )


def _counted(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"


def _in_conditions(conditions: tuple[str, ...]) -> str:
    if not conditions:
        return ""
    if len(conditions) > MOST_CONDITIONS_NAMED:
        return f" in {len(conditions)} conditions"
    return " in " + ", ".join(each.replace("_", " ").replace("-", " ") for each in conditions)
