"""From the resources of one patient to an anonymised case.

Nothing that says who the person is leaves this module: no id, name, date, address or free text.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from recommender.clinical.ages import band_of
from recommender.clinical.case import Assessment, Case, Finding, TriedTherapy
from recommender.clinical.coding import MAX_SEVERITY, FindingKind, Stopped
from recommender.clinical.instruments import INSTRUMENTS
from recommender.clinical.names import Missed
from recommender.formats.fhir.codes import LOINC, CodeMap, Coding
from recommender.formats.fhir.courses import Course, Scores, change_over, scores_of
from recommender.formats.fhir.json import Json, coded, codings, day_of, number_of, objects, text

SEXES = {"female": "sex_female", "male": "sex_male"}
FAMILY = {"bipolar_hx": "fh_bipolar", "substance_use_active": "fh_substance"}

_HIGHEST = {
    (scale.id, item.id): item.highest for scale in INSTRUMENTS.values() for item in scale.items
}

NOT_SO = frozenset({"entered-in-error", "refuted"})
OVER = frozenset({"inactive", "resolved", "remission"})
NEVER_HAPPENED = frozenset(
    {"entered-in-error", "cancelled", "draft", "not-done", "not-taken", "preparation", "unknown"}
)
WITHDRAWN = frozenset({"entered-in-error", "cancelled", "revoked", "stopped", "completed"})
GOING_ON = frozenset({"active", "in-progress", "on-hold", "intended"})


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


@dataclass(frozen=True)
class FhirReading:
    """A case, when the newest of it was recorded, and how many codes had no entry, by resource."""

    case: Case
    as_of: date | None
    unmapped: Mapping[str, int]
    missed: Mapping[Missed, int] = field(default_factory=dict)


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

    def take(self, resource: Json) -> None:
        """Read one resource, if it is of a type that says something here."""
        read = READERS.get(text(resource.get("resourceType")))
        if read is not None:
            read(resource, self)

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

    def is_born(self, day: date) -> None:
        """Note the age band; the day itself isn't kept."""
        self.find(FindingKind.BACKGROUND, age_band(day, on=self.today), date.min)


def outweighs(new: Dated, known: Dated) -> bool:
    """Which of two readings of a finding stands: the newest, and a severity before none.

    An absence stands only against a presence that is older: a diagnosis without a date goes on.
    """
    if (new[1] is None) == (known[1] is None):
        return new[0] >= known[0]
    bare, valued = (new, known) if new[1] is None else (known, new)
    bare_stands = valued[1] == 0 and (bare[0] == date.min or bare[0] >= valued[0])
    return bare_stands is (bare is new)


def case_from(resources: Iterable[Json], *, codes: CodeMap, today: date) -> FhirReading:
    """The case of these resources; what can't be read or has no entry is left out and counted."""
    known = tuple(resources)
    gathered = Gathered(codes, today, medicines=medicines_in(known))
    for resource in known:
        gathered.take(resource)
    findings = tuple(
        Finding(kind, code, value) for (kind, code), (_, value) in sorted(gathered.findings.items())
    )
    assessments = assessments_of(gathered)
    case = Case(
        findings=findings,
        tried=tuple(_tried(gathered, scores_of(assessments))),
        assessments=tuple(one for _, one in assessments),
        allergies=None if gathered.allergies is None else tuple(sorted(gathered.allergies)),
    )
    return FhirReading(case, gathered.as_of, dict(gathered.unmapped), dict(gathered.missed))


def _tried(gathered: Gathered, scores: Scores) -> Iterator[TriedTherapy]:
    """Each therapy had, with how the person did on it where a rating scale tells."""
    for therapy, course in sorted(gathered.courses.items()):
        yield TriedTherapy(
            therapy,
            response=change_over(course, scores).as_number,
            stopped=course.stopped,
            in_use=course.in_use,
            days_since_stop=course.days_since_stop(gathered.today),
        )


def ordered_in(drafts: Iterable[Json], *, codes: CodeMap) -> tuple[str, ...]:
    """The therapies that drafted orders are for, by code; orders of other things are left out."""
    known = tuple(drafts)
    medicines = medicines_in(known)
    found: dict[str, None] = {}
    for draft in known:
        if text(draft.get("status")) in WITHDRAWN or draft.get("doNotPerform") is True:
            continue
        concept = _ordered_concept(draft, medicines)
        therapies = (codes.therapy(coding) for coding in codings(concept))
        found |= dict.fromkeys(each for each in therapies if each is not None)
    return tuple(found)


def _ordered_concept(draft: Json, medicines: Mapping[str, Json]) -> object:
    if text(draft.get("resourceType")) == "MedicationRequest":
        return _medicine_of(draft, medicines)
    return draft.get("code") if text(draft.get("resourceType")) == "ServiceRequest" else None


def medicines_in(resources: Iterable[Json]) -> dict[str, Json]:
    """The Medication resources by the reference that others name them with."""
    return {
        f"Medication/{resource.get('id')}": resource
        for resource in resources
        if resource.get("resourceType") == "Medication"
    }


def _medicine_of(resource: Json, medicines: Mapping[str, Json]) -> object:
    """What a medication resource is about: written in it, contained in it, or referred to."""
    if "medicationCodeableConcept" in resource:
        return resource["medicationCodeableConcept"]
    reference = resource.get("medicationReference")
    name = text(reference.get("reference")) if isinstance(reference, dict) else ""
    for contained in objects(resource.get("contained")):
        if name == f"#{contained.get('id')}":
            return contained.get("code")
    return medicines.get(name, {}).get("code")


def _condition(resource: Json, into: Gathered) -> None:
    if coded(resource.get("verificationStatus"), NOT_SO):
        return
    if coded(resource.get("clinicalStatus"), OVER):
        return
    day = into.on(day_of(resource.get("recordedDate")))
    _note(resource.get("code"), into, day, of="Condition")


def _note(concept: object, into: Gathered, day: date, *, of: str) -> None:
    found = [into.codes.finding(coding) for coding in codings(concept)]
    for finding in found:
        if finding is not None:
            into.find(*finding, day)
            return
    into.miss(of, concept)


def _observation(resource: Json, into: Gathered) -> None:
    if text(resource.get("status")) in NEVER_HAPPENED:
        return
    elements = (resource, *objects(resource.get("component")))
    # Most of a record is laboratory results and the like; they aren't looked at any further.
    if not any(_may_speak(element, into.codes) for element in elements):
        into.unmapped["Observation"] += 1
        return
    day = into.on(day_of(resource.get("effectiveDateTime") or resource.get("issued")))
    for element in elements:
        asked = tuple(codings(element.get("code")))
        if not (_scored(asked, element, into, day) or _answered(asked, element, into, day)):
            _note(element.get("valueCodeableConcept"), into, day, of="Observation")


def _may_speak(element: Json, codes: CodeMap) -> bool:
    """Whether an observation, or a part of one, is of a rating scale or has a coded value."""
    if "valueCodeableConcept" in element:
        return True
    return any(
        code in codes.totals or code in codes.items for _, code in codings(element.get("code"))
    )


def _scored(of: Iterable[Coding], element: Json, into: Gathered, day: date) -> bool:
    """Read a total or an item of a rating scale; whether it was one."""
    for system, code in of:
        if system != LOINC:
            continue
        number = number_of(element)
        if code in into.codes.totals:
            if number is not None:
                into.totals.append((day, into.codes.totals[code], round(number)))
            return True
        if code in into.codes.items:
            _answer(code, number, into, day)
            return True
    return False


def _answered(of: Iterable[Coding], element: Json, into: Gathered, day: date) -> bool:
    """Read a coded answer to a question of which the answers are mapped; whether it was one."""
    given = element.get("valueCodeableConcept") or {"coding": element.get("valueCoding")}
    for answer in codings(given):
        for question in of:
            found = into.codes.answers.get((question, answer))
            if found is not None:
                kind, code, value = found
                into.find(kind, code, day, value)
                return True
    return False


def _answer(code: str, number: float | None, into: Gathered, day: date) -> None:
    scale, item = into.codes.items[code]
    if number is None or not 0 <= number <= _HIGHEST[scale, item]:
        return
    into.answers.setdefault((scale, day), {})[item] = round(number)
    finding = into.codes.finding((LOINC, code))
    if finding is not None and number <= MAX_SEVERITY:
        into.find(*finding, day, number)


def _questionnaire(resource: Json, into: Gathered) -> None:
    if text(resource.get("status")) in NEVER_HAPPENED:
        return
    day = into.on(day_of(resource.get("authored")))
    waiting = list(objects(resource.get("item")))
    while waiting:
        item = waiting.pop()
        waiting += objects(item.get("item"))
        code = text(item.get("linkId")).removeprefix("/").rpartition("/")[2]
        for answer in objects(item.get("answer")):
            asked = [(LOINC, code)]
            _ = _scored(asked, answer, into, day) or _answered(asked, answer, into, day)


def _medication(resource: Json, into: Gathered) -> None:
    status = text(resource.get("status"))
    if status in NEVER_HAPPENED:
        return
    began, ended = _period(resource.get("effectivePeriod"))
    course = Course(
        began=day_of(resource.get("authoredOn") or resource.get("effectiveDateTime")) or began,
        ended=ended,
        in_use=status in GOING_ON if status else None,
        stopped=_how_it_ended(resource, status, into.codes),
    )
    _had(_medicine_of(resource, into.medicines), course, into, of="medication")


def _how_it_ended(resource: Json, status: str, codes: CodeMap) -> Stopped:
    if status in GOING_ON:
        return Stopped.UNKNOWN
    told = (codes.stop_reason(coding) for coding in codings(resource.get("statusReason")))
    known = next((each for each in told if each is not None), None)
    return known or (Stopped.COMPLETED if status == "completed" else Stopped.UNKNOWN)


def _procedure(resource: Json, into: Gathered) -> None:
    status = text(resource.get("status"))
    if status in NEVER_HAPPENED:
        return
    began, last = _period(resource.get("performedPeriod"))
    if last is not None:
        into.on(last)
    course = Course(
        began=began or last or day_of(resource.get("performedDateTime")),
        # One session done says nothing of whether the treatment goes on.
        in_use=True if status in GOING_ON else None,
        stopped=_how_it_ended(resource, "", into.codes),
    )
    _had(resource.get("code"), course, into, of="Procedure")


def _period(given: object) -> tuple[date | None, date | None]:
    if not isinstance(given, dict):
        return None, None
    return day_of(given.get("start")), day_of(given.get("end"))


def _had(concept: object, course: Course, into: Gathered, *, of: str) -> None:
    therapies = [into.codes.therapy(coding) for coding in codings(concept)]
    therapy = next((each for each in therapies if each is not None), None)
    if therapy is None:
        into.miss(of, concept)
        return
    into.on(course.began or course.ended)
    into.had(therapy, course)


def _allergy(resource: Json, into: Gathered) -> None:
    """An allergy to a therapy or an intolerance of it; any entry means that somebody asked."""
    if coded(resource.get("verificationStatus"), NOT_SO):
        return
    if coded(resource.get("clinicalStatus"), OVER):
        return
    into.allergies = into.allergies or set()
    for coding in codings(resource.get("code")):
        therapy = into.codes.therapy(coding)
        if therapy is not None:
            into.allergies.add(therapy)
            return
    into.miss("AllergyIntolerance", resource.get("code"))


def _family(resource: Json, into: Gathered) -> None:
    for condition in objects(resource.get("condition")):
        for coding in codings(condition.get("code")):
            finding = into.codes.finding(coding)
            if finding is not None and finding[1] in FAMILY:
                into.find(FindingKind.BACKGROUND, FAMILY[finding[1]], date.min)


def _patient(resource: Json, into: Gathered) -> None:
    sex = SEXES.get(text(resource.get("gender")))
    if sex is not None:
        into.find(FindingKind.BACKGROUND, sex, date.min)
    born = day_of(resource.get("birthDate"))
    if born is not None and born <= into.today:
        into.is_born(born)


def age_band(born: date, *, on: date) -> str:
    """The band of somebody's age in whole years on a day."""
    years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return band_of(years)


def assessments_of(gathered: Gathered) -> list[tuple[date, Assessment]]:
    """Every set of answers and every total, with its day, by time; impossible ones left out."""
    dated: list[tuple[date, Assessment]] = []
    for (scale, day), answers in gathered.answers.items():
        dated.append((day, Assessment(scale, answers=answers)))
    answered = set(gathered.answers)
    for day, scale, total in gathered.totals:
        if (scale, day) not in answered and _possible(scale, total):
            dated.append((day, Assessment(scale, total=total)))
    dated.sort(key=lambda pair: (pair[0], pair[1].instrument))
    return [(day, replace(one, sequence=place)) for place, (day, one) in enumerate(dated, start=1)]


def _possible(scale: str, total: int) -> bool:
    ends = INSTRUMENTS[scale].total_range
    return ends is not None and ends.value[0] <= total <= ends.value[1]


READERS: Mapping[str, Callable[[Json, Gathered], None]] = {
    "Condition": _condition,
    "Observation": _observation,
    "QuestionnaireResponse": _questionnaire,
    "MedicationRequest": _medication,
    "MedicationStatement": _medication,
    "MedicationAdministration": _medication,
    "Procedure": _procedure,
    "AllergyIntolerance": _allergy,
    "FamilyMemberHistory": _family,
    "Patient": _patient,
}
