"""Everything that the safety layer holds against a list at one moment."""

from dataclasses import dataclass
from functools import cached_property

from recommender.clinical.combinations import CombinationRule
from recommender.clinical.conditions import ClinicianSays, Proposed, leaves
from recommender.clinical.red_flags import RedFlag
from recommender.clinical.safety import SafetyRule


@dataclass(frozen=True)
class RuleSet:
    """The rules and red flags that hold now, under a version that is a digest of what they say.

    `protocol` links to the site's own protocol for red flags.
    """

    version: str
    rules: tuple[SafetyRule, ...]
    combinations: tuple[CombinationRule, ...] = ()
    red_flags: tuple[RedFlag, ...] = ()
    protocol: str = ""

    @cached_property
    def proposal_flags(self) -> tuple[RedFlag, ...]:
        """The red flags that look at what a list would put forward."""
        return tuple(
            flag
            for flag in self.red_flags
            if any(isinstance(leaf, Proposed) for leaf in leaves(flag.condition))
        )

    @cached_property
    def questions(self) -> frozenset[str]:
        """The codes of the questions that a clinician may answer."""
        return frozenset(
            leaf.question
            for flag in self.red_flags
            for leaf in leaves(flag.condition)
            if isinstance(leaf, ClinicianSays)
        )
