"""A patient's record over time: what was known before a therapy, and how it went on it.

A finding counts only if it was there when the first therapy began, so that nothing that came of a
therapy explains it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from recommender.clinical.coding import FindingKind, Stopped
from recommender.clinical.names import Missed
from recommender.formats.fhir.courses import SETTLING, Change, change_over, scores_of
from recommender.formats.fhir.gathered import Dated, Gathered, age_band, assessments_of, outweighs
from recommender.formats.fhir.json import Span


@dataclass(frozen=True, slots=True)
class Attempt:
    """A therapy and how the person did on it, as a data set writes it."""

    therapy: str
    sequence: int
    change: Change
    stopped: Stopped


@dataclass
class History(Gathered):
    """Everything of one patient with its day; days and the date of birth never leave here."""

    noted: list[tuple[FindingKind, str, date, float | None]] = field(default_factory=list)
    born: Span | None = None

    def find(self, kind: FindingKind, code: str, day: date, value: float | None = None) -> None:
        """Note a finding with its day."""
        self.noted.append((kind, code, day, value))

    def is_born(self, when: Span) -> None:
        """Remember the day until the age at the first therapy is known."""
        self.born = when

    @property
    def begins(self) -> date | None:
        """When the first therapy began, or the newest day of the record without one."""
        first = min((each.began for each in self.courses.values() if each.began), default=None)
        return first or self.as_of

    @property
    def year(self) -> int | None:
        """The year of it; all that is kept of any date."""
        return self.begins.year if self.begins else None

    def findings_then(self) -> Iterator[tuple[str, str, float | None]]:
        """What was known when the first therapy began: kind, code and the newest value."""
        until = (self.begins or date.max - SETTLING) + SETTLING
        then: dict[tuple[FindingKind, str], Dated] = {}
        for kind, code, day, value in self.noted:
            known = then.get((kind, code))
            if day <= until and (known is None or outweighs((day, value), known)):
                then[kind, code] = (day, value)
        for (kind, code), (_, value) in sorted(then.items()):
            yield kind.value, code, value
        if self.born is not None:
            band = age_band(self.born, on=self.begins or self.today)
            if band is not None:
                yield FindingKind.BACKGROUND.value, band, None

    def attempts(self) -> Iterator[Attempt]:
        """The therapies in the order they began; those without a first day come last."""
        scores = scores_of(assessments_of(self))
        ordered = sorted(self.courses.items(), key=lambda one: (one[1].began or date.max, one[0]))
        for place, (therapy, course) in enumerate(ordered, start=1):
            yield Attempt(therapy, place, change_over(course, scores), course.stopped)


def unmapped_in(histories: Iterable[History]) -> Counter[str]:
    """How many codes had no entry, by resource."""
    counts: Counter[str] = Counter()
    for each in histories:
        counts.update(each.unmapped)
    return counts


def missed_in(histories: Iterable[History]) -> Counter[Missed]:
    """Which codes of public terminologies had no entry, and how often."""
    counts: Counter[Missed] = Counter()
    for each in histories:
        counts.update(each.missed)
    return counts
