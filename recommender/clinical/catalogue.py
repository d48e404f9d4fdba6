"""The catalogue as a whole: therapies, the vocabulary and the safety rules, with their sources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from recommender.clinical.coding import Concept
from recommender.clinical.safety import SafetyRule
from recommender.clinical.therapy import Therapy


@dataclass(frozen=True, slots=True)
class TherapyEntry:
    """A therapy with its codes in other systems, what it's for, and where that was read."""

    therapy: Therapy
    codes: Mapping[str, str] = field(default_factory=dict)
    indications: tuple[str, ...] = ()
    note: str = ""
    evidence_grade: str = ""
    evidence_source: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class ConceptEntry:
    """A finding of the vocabulary with its codes in other systems and where they were found."""

    concept: Concept
    codes: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class ConditionEntry:
    """What a therapy may be indicated for; no finding of a case, and so seen by no rule."""

    code: str
    display: str
    codes: Mapping[str, str] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What ships: everything a clinic can record, suggest, and must not suggest.

    `examples` are the worked cases of each rule, as they are written down.
    """

    therapies: tuple[TherapyEntry, ...]
    concepts: tuple[ConceptEntry, ...]
    rules: tuple[SafetyRule, ...]
    conditions: tuple[ConditionEntry, ...] = ()
    examples: Mapping[str, Sequence[Mapping[str, str]]] = field(default_factory=dict)
