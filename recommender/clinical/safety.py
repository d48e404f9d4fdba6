"""Safety rules: what a finding on the case forbids or attaches to a therapy."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from recommender.clinical.case import Case, Finding
from recommender.clinical.coding import FindingKind
from recommender.clinical.therapy import Therapy


class Severity(StrEnum):
    """What a rule does: take the therapy out, say something beside it, or ask for follow-up."""

    WITHHOLD = "withhold"
    CAUTION = "caution"
    MONITOR = "monitor"


@dataclass(frozen=True, slots=True)
class SafetyRule:
    """When this finding is on the case, this therapy or class is withheld or cautioned."""

    code: str
    kind: FindingKind
    finding: str
    severity: Severity
    reason: str
    source: str
    therapy: str = ""
    therapy_class: str = ""
    min_value: float | None = None
    verification: str = "unverified"

    def concerns(self, therapy: Therapy) -> bool:
        """Whether the rule speaks of this therapy, by its code or its class."""
        if self.therapy:
            return self.therapy == therapy.code
        return self.therapy_class == therapy.therapy_class

    def fires_on(self, case: Case) -> Finding | None:
        """The finding that makes the rule hold for this case, or None."""
        finding = case.finding(self.kind, self.finding)
        if finding is None or not finding.is_present:
            return None
        if self.min_value is None or finding.value is None:
            return finding
        if isinstance(finding.value, str):
            return None
        return finding if finding.value >= self.min_value else None


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule that holds for a therapy, and the finding that made it hold."""

    rule: SafetyRule
    because: Finding


@dataclass(frozen=True, slots=True)
class Screening:
    """Which therapies may be shown, with their cautions, and which are withheld and by what."""

    shown: tuple[Therapy, ...]
    cautions: dict[str, tuple[Firing, ...]]
    withheld: dict[str, tuple[Firing, ...]]


def screen(case: Case, therapies: Iterable[Therapy], rules: Iterable[SafetyRule]) -> Screening:
    """Screen every therapy against every rule; independent of rank and recommender."""
    firings = [(rule, finding) for rule in rules if (finding := rule.fires_on(case)) is not None]
    shown: list[Therapy] = []
    cautions: dict[str, tuple[Firing, ...]] = {}
    withheld: dict[str, tuple[Firing, ...]] = {}
    for therapy in therapies:
        own = tuple(Firing(rule, finding) for rule, finding in firings if rule.concerns(therapy))
        stops = tuple(firing for firing in own if firing.rule.severity is Severity.WITHHOLD)
        if stops:
            withheld[therapy.code] = stops
            continue
        shown.append(therapy)
        if own:
            cautions[therapy.code] = own
    return Screening(tuple(shown), cautions, withheld)
