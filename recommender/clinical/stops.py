"""Stops: what a site halted for now, all suggestions or those of one therapy or class, and why."""

from dataclasses import dataclass

from recommender.clinical.judgement import Input
from recommender.clinical.safety import Firing, Severity

SOURCE = "Stopped at this site by an administrator."
VERIFICATION = "site decision"


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop that is on; without a therapy and a class it halts every suggestion."""

    code: str
    reason: str
    therapy: str = ""
    therapy_class: str = ""

    @property
    def is_of_everything(self) -> bool:
        """Whether nothing at all is suggested while it is on."""
        return not self.therapy and not self.therapy_class

    @property
    def floor(self) -> bool:
        """A site's own decision, which the site may lift."""
        return False

    @property
    def severity(self) -> Severity:
        """A stop keeps back what it speaks of."""
        return Severity.WITHHOLD

    @property
    def source(self) -> str:
        """Who says so."""
        return SOURCE

    @property
    def verification(self) -> str:
        """A decision, not a finding of studies."""
        return VERIFICATION

    @property
    def fired(self) -> Firing:
        """It as a rule that holds for every case."""
        return Firing(self, Input("stop", self.code))
