"""What was read so far of one patient: findings, courses, scores. In memory only."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from recommender.clinical.ages import band_of
from recommender.clinical.case import Assessment
from recommender.clinical.coding import FindingKind
from recommender.clinical.instruments import INSTRUMENTS
from recommender.clinical.instruments.parts import Direction
from recommender.clinical.names import Missed
from recommender.clinical.snapshot import assessment
from recommender.formats.fhir.codes import LOINC, CodeMap
from recommender.formats.fhir.courses import Course
from recommender.formats.fhir.json import Json, Span, codings

# The terminologies whose codes may be told of; a local system's code could be anything.
SYSTEMS_READ = frozenset(
    {
        LOINC,
        "http://snomed.info/sct",
        "http://hl7.org/fhir/sid/icd-10",
        "http://hl7.org/fhir/sid/icd-10-cm",
        "http://www.nlm.nih.gov/research/umls/rxnorm",
        "http://www.whocc.no/atc",
    }
)
CODE = re.compile(r"[A-Z0-9][A-Z0-9.-]{0,17}")

Dated = tuple[date, float | None]
"""A reading of a finding: its day (the first of all where it has none) and its value."""


@dataclass
class Gathered:
    """What was read so far of one patient, in memory only."""

    codes: CodeMap
    today: date
    findings: dict[tuple[FindingKind, str], Dated] = field(default_factory=dict)
    courses: dict[str, Course] = field(default_factory=dict)
    allergies: set[str] | None = None
    totals: list[tuple[date, str, int]] = field(default_factory=list)
    answers: dict[tuple[str, date], dict[str, int]] = field(default_factory=dict)
    as_of: date | None = None
    unmapped: Counter[str] = field(default_factory=Counter)
    medicines: Mapping[str, Json] = field(default_factory=dict)
    missed: Counter[Missed] = field(default_factory=Counter)

    def miss(self, of: str, concept: object) -> None:
        """Count a concept that no entry knows, with its codes in the systems that we read."""
        self.unmapped[of] += 1
        for system, code in codings(concept):
            if system in SYSTEMS_READ and CODE.fullmatch(code):
                self.missed[of, system, code] += 1

    def on(self, day: date | None) -> date:
        """The day, remembered when it's the newest; data from the future is taken as today's."""
        if day is None:
            return date.min
        day = min(day, self.today)
        self.as_of = day if self.as_of is None else max(self.as_of, day)
        return day

    def find(self, kind: FindingKind, code: str, day: date, value: float | None = None) -> None:
        """Note a finding, if it outweighs what is known of it."""
        known = self.findings.get((kind, code))
        if known is None or outweighs((day, value), known):
            self.findings[kind, code] = (day, value)

    def had(self, therapy: str, course: Course) -> None:
        """Note a course of a therapy; several of one are joined."""
        self.courses.setdefault(therapy, course).join(course)

    def is_born(self, when: Span) -> None:
        """Note the age band, where it's the same for all of these days, which aren't kept."""
        band = age_band(when, on=self.today)
        if band is not None:
            self.find(FindingKind.BACKGROUND, band, date.min)


def outweighs(new: Dated, known: Dated) -> bool:
    """Which of two readings of a finding stands: the newest, and a severity before none.

    An absence stands only against a presence that is older: a diagnosis without a date goes on.
    """
    if (new[1] is None) == (known[1] is None):
        return new[0] >= known[0]
    bare, valued = (new, known) if new[1] is None else (known, new)
    bare_stands = valued[1] == 0 and (bare[0] == date.min or bare[0] >= valued[0])
    return bare_stands is (bare is new)


def age_band(born: Span, *, on: date) -> str | None:
    """The band of somebody's age on a day; None where it depends on what isn't known of birth."""
    oldest, youngest = (band_of(_years(day, on)) for day in born)
    return oldest if oldest == youngest else None


def _years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def assessments_of(gathered: Gathered) -> list[tuple[date, Assessment]]:
    """One set of each scale and day, by time, with its total; impossible totals are left out.

    EHRs tell one set several times: as a form, as its items and as its total.
    """
    told: dict[tuple[str, date], int] = {}
    for day, scale, total in gathered.totals:
        if _possible(scale, total):
            worse = min if INSTRUMENTS[scale].direction is Direction.HIGHER_IS_BETTER else max
            told[scale, day] = worse(told.get((scale, day), total), total)
    dated = []
    for scale, day in {*gathered.answers, *told}:
        answers = gathered.answers.get((scale, day), {})
        counted = assessment(scale, answers)
        known = counted.total if counted.total is not None else told.get((scale, day))
        dated.append((day, replace(counted, total=known)))
    dated.sort(key=lambda pair: (pair[0], pair[1].instrument))
    return [(day, replace(one, sequence=place)) for place, (day, one) in enumerate(dated, start=1)]


def _possible(scale: str, total: int) -> bool:
    ends = INSTRUMENTS[scale].total_range
    return ends is not None and ends.value[0] <= total <= ends.value[1]
