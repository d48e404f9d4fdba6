"""Allergies and intolerances on a case's record: what isn't tolerated is never put forward."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from recommender.clinical.judgement import Input
from recommender.clinical.safety import Firing, Severity
from recommender.clinical.snapshot import Allergy

CODE = "allergy"
SOURCE = "The case's own record."
VERIFICATION = "as recorded"


@dataclass(frozen=True, slots=True)
class RecordedAllergy:
    """One therapy that the record speaks against; of the floor by nature, since no site owns it."""

    therapy: str
    to: str

    @property
    def code(self) -> str:
        """All allergies are counted as one rule, so that a count says nothing of a case."""
        return CODE

    @property
    def therapy_class(self) -> str:
        """None: a class was taken apart into its therapies."""
        return ""

    @property
    def severity(self) -> Severity:
        """It keeps the therapy back, an intolerance as much as an allergy."""
        return Severity.WITHHOLD

    @property
    def floor(self) -> bool:
        """No site switches off what a record says."""
        return True

    @property
    def reason(self) -> str:
        """What is recorded."""
        return f"An allergy to {self.to}, or an intolerance of it, is recorded."

    @property
    def source(self) -> str:
        """Where it comes from."""
        return SOURCE

    @property
    def verification(self) -> str:
        """Somebody recorded it; nothing was checked."""
        return VERIFICATION


def firings_of(allergies: Iterable[Allergy] | None) -> Iterator[Firing]:
    """The therapies that the recorded allergies keep back."""
    for allergy in allergies or ():
        for therapy in sorted(allergy.therapies):
            yield Firing(RecordedAllergy(therapy, allergy.code), Input(CODE, allergy.code))
