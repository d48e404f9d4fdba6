"""Worked cases of the safety rules: of each rule one that it holds on and one that it doesn't."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from recommender.clinical import condition_rules
from recommender.clinical.case import Case
from recommender.clinical.coding import TherapyKind
from recommender.clinical.combinations import CombinationRule, Combinations
from recommender.clinical.condition_rules import ConditionRule
from recommender.clinical.safety import SafetyRule, Severity, screen
from recommender.clinical.snapshot import snapshot_of
from recommender.clinical.therapy import Therapy

AnyRule = SafetyRule | CombinationRule | ConditionRule


@dataclass(frozen=True, slots=True)
class RuleExample:
    """A case, a therapy, and what the rule does there; None: it doesn't hold."""

    rule: str
    therapy: str
    case: Case
    does: Severity | None

    def is_kept_by(self, rules: Iterable[AnyRule], *, known: Mapping[str, Therapy]) -> bool:
        """Whether the rules of its code do on the case what it says."""
        own = [rule for rule in rules if rule.code == self.rule]
        asked = known.get(self.therapy) or outside(self.therapy)
        beside = Combinations(rule for rule in own if isinstance(rule, CombinationRule))
        conditional = [rule for rule in own if isinstance(rule, ConditionRule)]
        snapshot = snapshot_of(self.case, therapies=known)
        screening = screen(
            self.case,
            [asked],
            [rule for rule in own if isinstance(rule, SafetyRule)],
            combined=(
                *beside.fired(snapshot.courses),
                *condition_rules.firings_of(conditional, snapshot),
            ),
        )
        fired = (
            *screening.withheld.get(asked.code, ()),
            *screening.cautions.get(asked.code, ()),
        )
        return {firing.rule.severity for firing in fired} == ({self.does} if self.does else set())


def outside(code: str) -> Therapy:
    """A medicine that doesn't ship but that a data set may bring."""
    return Therapy(code, code, TherapyKind.MEDICATION)
