"""Red flags: findings, scores and changes that ask for a person before any suggestion."""

from recommender.clinical.red_flags.answer import fired_as_given, not_assessed_as_given
from recommender.clinical.red_flags.evaluation import (
    RedFlagResult,
    evaluate,
    fired,
    in_order,
    is_urgent,
    list_effect,
    not_assessed,
    stop_something,
    stops,
)
from recommender.clinical.red_flags.flag import (
    Effect,
    EffectKind,
    RedFlag,
    Status,
    Urgency,
)
from recommender.clinical.red_flags.form import read_red_flag, read_red_flags
from recommender.clinical.red_flags.panel import Panel

__all__ = [
    "Effect",
    "EffectKind",
    "Panel",
    "RedFlag",
    "RedFlagResult",
    "Status",
    "Urgency",
    "evaluate",
    "fired",
    "fired_as_given",
    "in_order",
    "is_urgent",
    "list_effect",
    "not_assessed",
    "not_assessed_as_given",
    "read_red_flag",
    "read_red_flags",
    "stop_something",
    "stops",
]
