"""Everything that the safety layer holds against a list at one moment."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from recommender.clinical import condition_rules, recorded_allergies
from recommender.clinical.case import Case
from recommender.clinical.combinations import CombinationRule, Combinations
from recommender.clinical.condition_rules import ConditionRule, UnreadableRule
from recommender.clinical.conditions import ClinicianSays, leaves
from recommender.clinical.red_flags import Panel, RedFlag
from recommender.clinical.safety import (
    Firing,
    RulesByFinding,
    SafetyRule,
    Screening,
    screen,
)
from recommender.clinical.snapshot import Snapshot
from recommender.clinical.stops import Stop
from recommender.clinical.therapy import Therapy


@dataclass(frozen=True)
class RuleSet:
    """The rules and red flags that hold now, under a version that is a digest of what they say.

    `rules` look at one finding each, `conditional` at anything a case may say. `protocol` links to
    the site's own protocol for red flags; `stops` are what the site halted.
    """

    version: str
    rules: tuple[SafetyRule, ...]
    combinations: tuple[CombinationRule, ...] = ()
    red_flags: tuple[RedFlag, ...] = ()
    protocol: str = ""
    stops: tuple[Stop, ...] = ()
    conditional: tuple[ConditionRule, ...] = ()
    unreadable: tuple[UnreadableRule, ...] = ()

    def screen(
        self,
        case: Case,
        therapies: Iterable[Therapy],
        *,
        snapshot: Snapshot,
        further: tuple[Firing, ...] = (),
    ) -> Screening:
        """Every therapy against every rule: the one place, whatever door the case came in by."""
        combined = (
            *self.beside.fired(snapshot.courses),
            *recorded_allergies.firings_of(snapshot.allergies),
            *condition_rules.firings_of(self.conditional, snapshot),
            *(rule.fired for rule in self.unreadable),
            *further,
        )
        return screen(case, therapies, self.by_finding.that_may_hold(case), combined=combined)

    @cached_property
    def by_finding(self) -> RulesByFinding:
        """The rules on one finding each, ready to be asked about one case after another."""
        return RulesByFinding(self.rules)

    @cached_property
    def beside(self) -> Combinations:
        """The combination rules, ready to be asked about one case after another."""
        return Combinations(self.combinations)

    @cached_property
    def panel(self) -> Panel:
        """The red flags, ready to be asked about one case after another."""
        return Panel(self.red_flags)

    @cached_property
    def halt(self) -> Stop | None:
        """The stop that keeps every suggestion back, if one is on."""
        return next((stop for stop in self.stops if stop.is_of_everything), None)

    @cached_property
    def halted(self) -> tuple[Firing, ...]:
        """The stops of single therapies and classes, as rules that hold for every case."""
        return tuple(stop.fired for stop in self.stops if not stop.is_of_everything)

    @cached_property
    def questions(self) -> frozenset[str]:
        """The codes of the questions that a clinician may answer."""
        conditions = [
            *(flag.condition for flag in self.red_flags),
            *(rule.condition for rule in self.conditional),
        ]
        return frozenset(
            leaf.question
            for condition in conditions
            for leaf in leaves(condition)
            if isinstance(leaf, ClinicianSays)
        )
