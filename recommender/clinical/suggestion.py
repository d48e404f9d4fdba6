"""Suggestion lists: what was put forward for review, what was kept back, and why."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from recommender.clinical.case import TriedTherapy
from recommender.clinical.coding import Concept, Stopped
from recommender.clinical.evidence import TherapyEvidence
from recommender.clinical.red_flags import (
    RedFlagResult,
    fired_as_given,
    not_assessed_as_given,
)
from recommender.clinical.renaming import ReadAs
from recommender.clinical.safety import Firing
from recommender.clinical.therapy import Therapy

# What a value looks like in the contract's JSON.
Document = dict[str, Any]

REVIEW_NOTICE = (
    "Ranked therapies for a clinician's review; the clinician decides. This isn't a prescription, "
    "an order or a diagnosis, and not a medical device until it has been assessed as one. "
    "Numbers speak of groups of similar cases, never of this person; 'because' and 'against' are "
    "the recommender's reasons, not causes."
)
SIMULATED_NOTICE = (
    "SIMULATED DATA: this version learned from simulated cases. Not for use in anyone's care."
)
NOT_PERSONALISED_NOTICE = (
    "Not personalised: there is no evidence here that the order should depend on the case, so "
    "everyone gets the same order, apart from safety rules and therapies already tried."
)
NO_PROBABILITIES_NOTICE = (
    "Without probabilities: this version's numbers didn't pass the calibration gate."
)

_FAILURES: dict[str, str] = {
    Stopped.SIDE_EFFECTS: "It was tried and stopped for side effects.",
    Stopped.NO_EFFECT: "It was tried and stopped for lack of effect.",
}


class Status(StrEnum):
    """What kind of answer a list is."""

    SUGGESTED = "suggested"
    INSUFFICIENT_EVIDENCE = "insufficient_evidence"
    URGENT = "urgent"


@dataclass(frozen=True, slots=True)
class Reason:
    """What a finding adds to a therapy's score, or takes from it; exact and additive.

    With `together_with`, what the two add together beyond what each adds alone.
    """

    kind: str
    code: str
    contribution: float
    together_with: tuple[str, str] | None = None

    def as_given(self) -> Document:
        """The reason as the contract spells it."""
        given = {"kind": self.kind, "code": self.code, "contribution": self.contribution}
        if self.together_with is None:
            return given
        kind, code = self.together_with
        return {**given, "together_with": {"kind": kind, "code": code}}


@dataclass(frozen=True, slots=True)
class GroupEstimate:
    """How similar cases who had the therapy did; None where too few or not calibrated."""

    probability: float | None = None
    level: float = 0.9
    lower: float | None = None
    upper: float | None = None
    cases: int | None = None
    responded: float | None = None

    @property
    def interval(self) -> Document | None:
        """The interval around the probability, when there is one."""
        if self.probability is None or self.lower is None or self.upper is None:
            return None
        return {"level": self.level, "lower": self.lower, "upper": self.upper}

    @property
    def support(self) -> Document | None:
        """How many there were, if enough, and which share responded, if it may be told."""
        if self.cases is None:
            return None
        return {"cases": self.cases, "responded": self.responded}


UNKNOWN_GROUP = GroupEstimate()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A therapy put forward for a clinician to accept or override; never an order."""

    id: UUID
    rank: int
    therapy: Therapy
    group: GroupEstimate
    baseline: float | None
    tied_with: tuple[str, ...]
    because: tuple[Reason, ...]
    against: tuple[Reason, ...]
    cautions: tuple[Firing, ...]
    again: str | None = None
    evidence: TherapyEvidence | None = None

    def as_given(self) -> Document:
        """The suggestion as the contract spells it."""
        document = {
            "id": str(self.id),
            "rank": self.rank,
            "therapy": therapy_as_given(self.therapy),
            "probability": self.group.probability,
            "interval": self.group.interval,
            "tied_with": list(self.tied_with),
            "baseline": self.baseline,
            "support": self.group.support,
            "because": [reason.as_given() for reason in self.because],
            "against": [reason.as_given() for reason in self.against],
            "cautions": [_caution_as_given(firing) for firing in self.cautions],
        }
        if self.again is not None:
            document["suggested_again_because"] = self.again
        if self.evidence is not None:
            document["evidence"] = self.evidence.as_given()
        return document


@dataclass(frozen=True, slots=True)
class Withheld:
    """A therapy that rules or red flags took out of the ranking, with every one that did."""

    therapy: Therapy
    firings: tuple[Firing, ...] = ()
    flags: tuple[RedFlagResult, ...] = ()

    @property
    def rules(self) -> tuple[str, ...]:
        """The codes of the rules and red flags that did."""
        return (
            *(firing.rule.code for firing in self.firings),
            *(result.flag.code for result in self.flags),
        )

    @property
    def is_of_floor(self) -> bool:
        """Whether what took it out can't be switched off here, as no red flag can."""
        return bool(self.flags) or any(firing.rule.floor for firing in self.firings)

    def as_given(self) -> Document:
        """The first in the contract's words; the others beside it under `further`."""
        first, *further = [
            *(_firing_as_given(firing) for firing in self.firings),
            *(_flag_as_rule(result) for result in self.flags),
        ]
        return {
            "therapy": therapy_as_given(self.therapy),
            **first,
            "further": further,
            "floor": self.is_of_floor,
        }


@dataclass(frozen=True, slots=True)
class AlreadyTried:
    """A therapy left out because it failed in this case's history."""

    therapy: Therapy
    tried: TriedTherapy

    @property
    def reason(self) -> str:
        """Why it's left out, in words."""
        return _FAILURES.get(self.tried.stopped, "It was tried and didn't help.")

    def as_given(self) -> Document:
        """The therapy and why it's left out."""
        return {"therapy": therapy_as_given(self.therapy), "reason": self.reason}


@dataclass(frozen=True, slots=True)
class SetAside:
    """A therapy left out for a preference, or because it isn't offered or retired, after safety."""

    therapy: Therapy
    reason: str

    def as_given(self) -> Document:
        """The therapy and why it's left out."""
        return {"therapy": therapy_as_given(self.therapy), "reason": self.reason}


class Unrecognised(NamedTuple):
    """Something of the case that wasn't used, and the entries whose names are close to its own."""

    kind: str
    code: str
    near: tuple[str, ...] = ()

    def as_given(self) -> Document:
        """The kind and code; what is close to it only where something is."""
        close = {"near": list(self.near)} if self.near else {}
        return {"kind": self.kind, "code": self.code, **close}


@dataclass(frozen=True, slots=True)
class Provenance:
    """Which model version answered, and what it learned from."""

    version_id: UUID
    number: int
    trained_on: tuple[tuple[str, str], ...]
    personalised: bool
    calibrated: bool
    simulated: bool

    def as_given(self) -> Document:
        """The version as the contract spells it, with the way to its model card."""
        return {
            "id": str(self.version_id),
            "number": self.number,
            "trained_on": [
                {"dataset": dataset, "version": version} for dataset, version in self.trained_on
            ],
            "card": f"/api/v1/model-versions/{self.version_id}/card/",
        }

    @property
    def notice(self) -> str:
        """What the answer is and isn't; simulated data are said first and always."""
        parts = [REVIEW_NOTICE]
        if self.simulated:
            parts.insert(0, SIMULATED_NOTICE)
        if not self.personalised:
            parts.append(NOT_PERSONALISED_NOTICE)
        if not self.calibrated:
            parts.append(NO_PROBABILITIES_NOTICE)
        return " ".join(parts)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A red flag that somebody says is being acted on: by whom and when."""

    code: str
    by: str
    at: datetime

    def as_given(self) -> Document:
        """The acknowledgement as it is recorded."""
        return {"code": self.code, "by": self.by, "at": _moment(self.at)}


@dataclass(frozen=True, slots=True)
class SuggestionList:
    """The answer as a whole, as it is stored and sent.

    `red_flags` holds the verdict on every flag. While `held`, the suggestions stay out of sight
    until the flags that hold them are acknowledged. `explained` adds what is
    missing to tell about a flag. `would_help` is the finding to record where there is no list.
    `read_as` is what the request named otherwise than by our codes. `screened` counts the
    therapies that safety looked at.
    """

    id: UUID
    status: Status
    pathway: str
    created: datetime
    provenance: Provenance
    safety_rules_version: str
    catalogue_version: int | None = None
    reason: str | None = None
    would_help: Concept | None = None
    red_flags: tuple[RedFlagResult, ...] = ()
    acknowledged: tuple[Acknowledged, ...] = ()
    protocol: str = ""
    explained: bool = False
    held: bool = False
    suggestions: tuple[Suggestion, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    already_tried: tuple[AlreadyTried, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    unrecognised: tuple[Unrecognised, ...] = ()
    read_as: tuple[ReadAs, ...] = ()
    screened: int = 0

    def as_given(self, *, released: bool = False) -> Document:
        """The list as the contract spells it; `released` shows what a red flag holds, too."""
        shown = self.suggestions if released or not self.held else ()
        return {
            "id": str(self.id),
            "status": self.status.value,
            "reason": self.reason,
            "would_help": None if self.would_help is None else _concept_as_given(self.would_help),
            "pathway": self.pathway,
            "personalised": self.provenance.personalised,
            "simulated": self.provenance.simulated,
            "created": _moment(self.created),
            "model_version": self.provenance.as_given(),
            "safety_rules_version": self.safety_rules_version,
            "catalogue_version": self.catalogue_version,
            "red_flags": fired_as_given(self.red_flags, protocol=self.protocol),
            "red_flags_not_assessed": not_assessed_as_given(
                self.red_flags, explained=self.explained
            ),
            "acknowledged": [each.as_given() for each in self.acknowledged],
            "suggestions": [suggestion.as_given() for suggestion in shown],
            "withheld": [withheld.as_given() for withheld in self.withheld],
            "already_tried": [tried.as_given() for tried in self.already_tried],
            "set_aside": [each.as_given() for each in self.set_aside],
            "unrecognised": [each.as_given() for each in self.unrecognised],
            **({"read_as": [each._asdict() for each in self.read_as]} if self.read_as else {}),
            "notice": self.provenance.notice,
        }


def therapy_as_given(therapy: Therapy) -> Document:
    """A therapy as the contract spells it."""
    return {
        "code": therapy.code,
        "name": therapy.name,
        "kind": therapy.kind.value,
        "class": therapy.therapy_class,
    }


def _concept_as_given(concept: Concept) -> Document:
    return {"kind": concept.kind.value, "code": concept.code, "display": concept.display}


def _moment(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _firing_as_given(firing: Firing) -> Document:
    return {
        "rule": firing.rule.code,
        "reason": firing.rule.reason,
        "source": firing.rule.source,
        "verification": firing.rule.verification,
        "because": [{"kind": str(each.kind), "code": each.code} for each in firing.reasons],
    }


def _flag_as_rule(result: RedFlagResult) -> Document:
    return {
        "rule": result.flag.code,
        "reason": result.message,
        "source": result.flag.source,
        "verification": str(result.flag.verification),
        "because": [{"kind": str(each.kind), "code": each.code} for each in result.because],
    }


def _caution_as_given(firing: Firing) -> Document:
    return {"severity": firing.rule.severity.value, **_firing_as_given(firing)}
