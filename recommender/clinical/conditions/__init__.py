"""Conditions on a case, as a small tree: the one language of red flags and safety rules.

Every node judges a snapshot and answers holds, does not hold, or not assessed. A finding that is
recorded as present but can't be compared with a threshold counts as reaching it.
"""

from recommender.clinical.conditions.base import Condition, leaves
from recommender.clinical.conditions.combined import AllOf, AnyOf, AnySource, Not
from recommender.clinical.conditions.findings import (
    AgeAtLeast,
    AgeUnder,
    AtLeast,
    AtMost,
    ClinicianSays,
    InCategory,
    Present,
)
from recommender.clinical.conditions.scores import (
    ChangeAtLeast,
    ItemAtLeast,
    TotalAtLeast,
    TotalAtMost,
    Way,
)
from recommender.clinical.conditions.therapies import (
    AllergicTo,
    Proposed,
    StoppedWithin,
    Subject,
    Taking,
)

__all__ = [
    "AgeAtLeast",
    "AgeUnder",
    "AllOf",
    "AllergicTo",
    "AnyOf",
    "AnySource",
    "AtLeast",
    "AtMost",
    "ChangeAtLeast",
    "ClinicianSays",
    "Condition",
    "InCategory",
    "ItemAtLeast",
    "Not",
    "Present",
    "Proposed",
    "StoppedWithin",
    "Subject",
    "Taking",
    "TotalAtLeast",
    "TotalAtMost",
    "Way",
    "leaves",
]
