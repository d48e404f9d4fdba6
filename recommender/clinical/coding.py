"""The words of the clinic: kinds of findings and therapies, and how a code is spelt."""

from dataclasses import dataclass
from enum import StrEnum


class FindingKind(StrEnum):
    """What a finding is about."""

    SYMPTOM = "symptom"
    TRIGGER = "trigger"
    BACKGROUND = "background"


class ValueType(StrEnum):
    """How a finding's value is read: presence, severity 0-3, a number, or a category."""

    FLAG = "flag"
    SEVERITY = "severity"
    NUMBER = "number"
    CATEGORY = "category"


class TherapyKind(StrEnum):
    """The kinds of things that can be suggested."""

    MEDICATION = "medication"
    PSYCHOTHERAPY = "psychotherapy"
    NEUROMODULATION = "neuromodulation"
    SOCIAL = "social"
    LIFESTYLE = "lifestyle"
    DIGITAL = "digital"
    SELF_HELP = "self_help"
    SERVICE = "service"
    OTHER = "other"


class Stopped(StrEnum):
    """How a therapy ended."""

    COMPLETED = "completed"
    SIDE_EFFECTS = "side-effects"
    NO_EFFECT = "no-effect"
    OTHER = "other"
    UNKNOWN = "unknown"


# The words of `responses.csv` for a response; "unknown" is no number. The numbers are this
# project's reading of ordered outcomes (responded is 0.5 or more), not a clinical standard.
RESPONSE_WORDS: dict[str, float | None] = {
    "remission": 1.0,
    "response": 1.0,
    "partial": 0.5,
    "none": 0.0,
    "worse": 0.0,
    "unknown": None,
}

MAX_SEVERITY = 3
CODE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.,:+/-]{0,63}$"
"""A code is a short token without spaces, so that a name or a sentence can't pass as one."""


@dataclass(frozen=True, slots=True)
class Concept:
    """One entry of the vocabulary: what a finding can be of."""

    kind: FindingKind
    code: str
    display: str
    value_type: ValueType = ValueType.FLAG
    system: str = ""
    system_code: str = ""
