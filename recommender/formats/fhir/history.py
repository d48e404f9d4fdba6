"""A patient's record over time: what was known before a therapy, and how it went on it.

Response is the change of one rating scale between the start of a therapy and the end of its window:
half of the score before or less has responded (the usual convention for depression and anxiety
scales), three quarters or less is better without being a response. A finding counts only if it
was there when the first therapy began, so that nothing that came of a therapy explains it.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from recommender.clinical.coding import FindingKind
from recommender.clinical.instruments import INSTRUMENTS
from recommender.formats.fhir.reading import Gathered, age_band, assessments_of

# The score before: the last from so long before the start to so long after it.
BEFORE, SETTLING = timedelta(days=60), timedelta(days=14)
# The score after: the last between these, and not long after the end.
EARLIEST, LATEST, AFTER_END = timedelta(days=28), timedelta(days=140), timedelta(days=28)
RESPONDED, PARTLY = 0.5, 0.75
# Better, but not a response: below the half from which a data set counts one.
SOMEWHAT = "0.25"


@dataclass(slots=True)
class Course:
    """One therapy from its first day to its last; None where that isn't known."""

    began: date | None = None
    ended: date | None = None
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """A therapy and how the person did on it, as a data set writes it."""

    therapy: str
    sequence: int
    response: str
    before: int | None = None
    after: int | None = None
    scale: str = ""


@dataclass
class History(Gathered):
    """Everything of one patient with its day; days and the date of birth never leave here."""

    noted: list[tuple[FindingKind, str, date, float | None]] = field(default_factory=list)
    courses: dict[str, Course] = field(default_factory=dict)
    born: date | None = None

    def find(self, kind: FindingKind, code: str, day: date, value: float | None = None) -> None:
        """Note a finding with its day."""
        self.noted.append((kind, code, day, value))

    def had(
        self, therapy: str, *, in_use: bool | None, began: date | None, ended: date | None
    ) -> None:
        """Note a course; several of one therapy are one, from the first day to the last."""
        course = self.courses.setdefault(therapy, Course())
        course.began = min(filter(None, (course.began, began)), default=None)
        course.ended = max(filter(None, (course.ended, ended)), default=None)
        course.goes_on = course.goes_on or bool(in_use)

    def is_born(self, day: date) -> None:
        """Remember the day until the age at the first therapy is known."""
        self.born = day

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
        newest: dict[tuple[FindingKind, str], tuple[bool, date, float | None]] = {}
        for kind, code, day, value in self.noted:
            known = newest.get((kind, code))
            if day <= until and (known is None or (value is not None, day) >= known[:2]):
                newest[kind, code] = (value is not None, day, value)
        for (kind, code), (_, _, value) in sorted(newest.items()):
            yield kind.value, code, value
        if self.born is not None:
            band = age_band(self.born, on=self.begins or self.today)
            yield FindingKind.BACKGROUND.value, band, None

    def attempts(self) -> Iterator[Attempt]:
        """The therapies in the order they began; those without a first day come last."""
        scores = self._scores()
        ordered = sorted(self.courses.items(), key=lambda one: (one[1].began or date.max, one[0]))
        for place, (therapy, course) in enumerate(ordered, start=1):
            yield _attempt(therapy, place, course, scores)

    def _scores(self) -> dict[str, list[tuple[date, int]]]:
        found: dict[str, list[tuple[date, int]]] = {}
        for day, one in assessments_of(self):
            total = one.total
            if total is None and len(one.answers) == len(INSTRUMENTS[one.instrument].items):
                total = INSTRUMENTS[one.instrument].score(one.answers).total
            if total is not None and day > date.min:
                found.setdefault(one.instrument, []).append((day, total))
        return found


def _attempt(
    therapy: str, place: int, course: Course, scores: dict[str, list[tuple[date, int]]]
) -> Attempt:
    """The attempt by the scale with most scores that has one before and one after."""
    if course.began is not None:
        for scale in sorted(scores, key=lambda name: (-len(scores[name]), name)):
            pair = _before_and_after(scores[scale], course, course.began)
            if pair is not None:
                return Attempt(therapy, place, _response(*pair), *pair, scale)
    return Attempt(therapy, place, "unknown")


def _before_and_after(
    scores: list[tuple[date, int]], course: Course, began: date
) -> tuple[int, int] | None:
    ends = began + LATEST
    if course.ended is not None and not course.goes_on:
        ends = min(ends, max(course.ended, began + EARLIEST) + AFTER_END)
    before = [total for day, total in scores if began - BEFORE <= day <= began + SETTLING]
    after = [total for day, total in scores if began + EARLIEST <= day <= ends]
    return (before[-1], after[-1]) if before and after and before[-1] > 0 else None


def _response(before: int, after: int) -> str:
    if after <= RESPONDED * before:
        return "response"
    if after <= PARTLY * before:
        return SOMEWHAT
    return "worse" if after > before else "none"


def unmapped_in(histories: Iterator[History]) -> Counter[str]:
    """How many codes had no entry, by resource."""
    counts: Counter[str] = Counter()
    for each in histories:
        counts.update(each.unmapped)
    return counts
