"""A red flag: what asks for a person's attention before any suggestion, and what it does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from recommender.clinical.conditions import Condition
from recommender.clinical.sourcing import Verification
from recommender.clinical.worked_example import Example


class Urgency(StrEnum):
    """How soon somebody has to look, the soonest first."""

    EMERGENCY = "emergency"
    URGENT_SAME_DAY = "urgent_same_day"
    SOON = "soon"
    REVIEW = "review"
    INFO = "info"

    @property
    def order(self) -> int:
        """Its place among the urgencies, 0 for the most urgent."""
        return _URGENCY_ORDER[self]


class EffectKind(StrEnum):
    """What a flag does to the list, the strongest first."""

    BLOCK_LIST = "block_list"
    HOLD_LIST = "hold_list"
    BLOCK_CLASS = "block_class"
    BLOCK_THERAPY = "block_therapy"
    HOLD_THERAPY = "hold_therapy"
    SHOW_BANNER = "show_banner"

    @property
    def order(self) -> int:
        """Its place among the effects, 0 for the strongest."""
        return _EFFECT_ORDER[self]

    @property
    def needs_a_name(self) -> bool:
        """Whether it is about a therapy or class that has to be named."""
        return self in {EffectKind.BLOCK_CLASS, EffectKind.BLOCK_THERAPY}


_URGENCY_ORDER = {urgency: place for place, urgency in enumerate(Urgency)}
_EFFECT_ORDER = {kind: place for place, kind in enumerate(EffectKind)}


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect, with the therapy or class that it is about where it is about one."""

    kind: EffectKind
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else str(self.kind)


class Status(StrEnum):
    """Whether records alone can settle the flag, or a clinician has to answer something."""

    EVALUATED = "evaluated"
    NEEDS_CLINICIAN_INPUT = "needs clinician input"


@dataclass(frozen=True, slots=True, kw_only=True)
class RedFlag:
    """One red flag with its condition, its words for clinicians, and where it comes from.

    `reading` says how the criterion was turned into the condition, for clinical sign-off.
    """

    id: str
    code: str
    group: str
    criterion: str
    urgency: Urgency
    message: str
    effects: tuple[Effect, ...]
    acknowledge: bool
    notify: tuple[str, ...]
    audience: str
    source: str
    verification: Verification
    status: Status
    condition: Condition
    examples: tuple[Example, ...]
    message_without_value: str = ""
    reading: str = ""
    status_reason: str = ""
    questions: Mapping[str, str] = field(default_factory=dict)

    @property
    def strongest_effect(self) -> Effect:
        """The effect that wins among its own."""
        return min(self.effects, key=lambda effect: effect.kind.order)
