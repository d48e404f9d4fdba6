"""A case: one anonymised person's findings and the therapies they tried."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from recommender.clinical.coding import FindingKind

RESPONDED = 0.5
"""A response of this much or more counts as having responded (0 to 1)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One coded symptom, trigger or background factor.

    `value` is a number (severity 0-3 or a measure), a category, or None: present, without a value.
    A numeric 0 of a flag or severity means recorded as absent; no finding means not recorded.
    """

    kind: FindingKind
    code: str
    value: float | str | None = None

    @property
    def is_present(self) -> bool:
        """Whether the finding says that the thing is there."""
        return self.value != 0


@dataclass(frozen=True, slots=True)
class TriedTherapy:
    """A therapy that was tried and how the case did on it: 0 to 1, or None when unknown.

    `in_use` says whether it still is, and `days_since_stop` how many days ago it ended.
    """

    therapy: str
    response: float | None = None
    stopped: str = "unknown"
    in_use: bool | None = None
    days_since_stop: int | None = None

    @property
    def failed(self) -> bool:
        """Whether it is known not to have helped, or was stopped for that or for side effects."""
        if self.stopped in {"side-effects", "no-effect"}:
            return True
        return self.response is not None and self.response < RESPONDED


@dataclass(frozen=True, slots=True)
class Assessment:
    """One set of instrument answers, complete or not, or a total alone; ordered by `sequence`."""

    instrument: str
    sequence: int = 1
    answers: Mapping[str, int] = field(default_factory=dict)
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of one anonymised person when a suggestion is asked for.

    `said` is what a clinician answered to the questions that no record can answer;
    `all_tried_known` says that no therapy is in use or was stopped but those named. `allergies`
    names therapies and classes that aren't tolerated; None: nobody recorded whether there are any.
    """

    findings: tuple[Finding, ...] = ()
    tried: tuple[TriedTherapy, ...] = ()
    assessments: tuple[Assessment, ...] = ()
    said: Mapping[str, bool] = field(default_factory=dict)
    all_tried_known: bool = False
    allergies: tuple[str, ...] | None = None

    def finding(self, kind: FindingKind, code: str) -> Finding | None:
        """The finding of that code, or None when it isn't recorded."""
        for finding in self.findings:
            if finding.code == code and finding.kind == kind:
                return finding
        return None
