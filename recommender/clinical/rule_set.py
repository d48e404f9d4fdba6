"""Everything that the safety layer holds against a list at one moment."""

from dataclasses import dataclass
from functools import cached_property

from recommender.clinical.combinations import CombinationRule, Combinations
from recommender.clinical.conditions import ClinicianSays, leaves
from recommender.clinical.red_flags import Panel, RedFlag
from recommender.clinical.safety import Firing, SafetyRule
from recommender.clinical.stops import Stop


@dataclass(frozen=True)
class RuleSet:
    """The rules and red flags that hold now, under a version that is a digest of what they say.

    `protocol` links to the site's own protocol for red flags; `stops` are what the site halted.
    """

    version: str
    rules: tuple[SafetyRule, ...]
    combinations: tuple[CombinationRule, ...] = ()
    red_flags: tuple[RedFlag, ...] = ()
    protocol: str = ""
    stops: tuple[Stop, ...] = ()

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
        return frozenset(
            leaf.question
            for flag in self.red_flags
            for leaf in leaves(flag.condition)
            if isinstance(leaf, ClinicianSays)
        )
