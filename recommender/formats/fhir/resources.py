"""One resource of each type, read into what is gathered of its patient.

Nothing that says who the person is is taken: no id, name, date, address or free text.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date

from recommender.clinical.coding import MAX_SEVERITY, FindingKind, Stopped
from recommender.clinical.instruments import INSTRUMENTS
from recommender.formats.fhir.codes import LOINC, CodeMap, Coding
from recommender.formats.fhir.courses import Course
from recommender.formats.fhir.gathered import Gathered
from recommender.formats.fhir.json import (
    Json,
    coded,
    codings,
    day_of,
    number_of,
    objects,
    span_of,
    text,
)
from recommender.formats.fhir.ownership import WHOSE

SEXES = {"female": "sex_female", "male": "sex_male"}
FAMILY = {"bipolar_hx": "fh_bipolar", "substance_use_active": "fh_substance"}

_HIGHEST = {
    (scale.id, item.id): item.highest for scale in INSTRUMENTS.values() for item in scale.items
}

NOT_SO = frozenset({"entered-in-error", "refuted"})
OVER = frozenset({"inactive", "resolved", "remission"})
# The entries of the vocabulary that speak of the past as well.
HISTORIES = re.compile(r".*_hx|prior_.*")
NEVER_HAPPENED = frozenset(
    {"entered-in-error", "cancelled", "draft", "not-done", "not-taken", "preparation"}
)
UNKNOWN = "unknown"
# An order that nobody has given yet: somebody proposed it, or it is one of several to choose from.
NO_ORDER = frozenset({"proposal", "option"})
GOING_ON = frozenset({"active", "in-progress", "on-hold", "intended"})


def take(resource: Json, into: Gathered) -> None:
    """Read one resource, if it is of a type that says something here."""
    read = READERS.get(text(resource.get("resourceType")))
    if read is not None:
        read(resource, into)


def medicines_in(resources: Iterable[Json]) -> dict[str, Json]:
    """The Medication resources by the reference that others name them with."""
    return {
        f"Medication/{resource.get('id')}": resource
        for resource in resources
        if resource.get("resourceType") == "Medication"
    }


def medicine_of(resource: Json, medicines: Mapping[str, Json]) -> object:
    """What a medication resource is about: written in it, contained in it, or referred to."""
    if "medicationCodeableConcept" in resource:
        return resource["medicationCodeableConcept"]
    reference = resource.get("medicationReference")
    given = text(reference.get("reference")) if isinstance(reference, dict) else ""
    name = given.partition("/_history/")[0]
    for contained in objects(resource.get("contained")):
        if name == f"#{contained.get('id')}":
            return contained.get("code")
    # A server's own address before it, or a bundle's name for it, ends in the same id.
    number = name.removeprefix("urn:uuid:").rpartition("/")[2]
    return (medicines.get(name) or medicines.get(f"Medication/{number}", {})).get("code")


def _condition(resource: Json, into: Gathered) -> None:
    if coded(resource.get("verificationStatus"), NOT_SO):
        return
    if coded(resource.get("clinicalStatus"), OVER) and not _is_history(resource, into.codes):
        return
    began, _ = _period(resource.get("onsetPeriod"))
    noted = day_of(resource.get("recordedDate")) or day_of(resource.get("onsetDateTime"))
    day = into.on(noted or began)
    _note(resource.get("code"), into, day, of="Condition")


def _is_history(condition: Json, codes: CodeMap) -> bool:
    """Whether it is what a person has had for good, such as a mania that is long over."""
    found = filter(None, map(codes.finding, codings(condition.get("code"))))
    return any(
        kind is FindingKind.BACKGROUND and HISTORIES.fullmatch(code) is not None
        for kind, code in found
    )


def _note(concept: object, into: Gathered, day: date, *, of: str) -> None:
    found = [into.codes.finding(coding) for coding in codings(concept)]
    for finding in found:
        if finding is not None:
            into.find(*finding, day)
            return
    into.miss(of, concept)


def _observation(resource: Json, into: Gathered) -> None:
    status = text(resource.get("status"))
    if status in NEVER_HAPPENED or status == UNKNOWN:
        return
    elements = (resource, *objects(resource.get("component")))
    # Most of a record is laboratory results and the like; they aren't looked at any further.
    for element in elements:
        if _may_speak(element, into.codes):
            break
    else:
        into.unmapped["Observation"] += 1
        return
    day = into.on(_day_of_observation(resource))
    for element in elements:
        asked = codings(element.get("code"))
        if not (_scored(asked, element, into, day) or _answered(asked, element, into, day)):
            _note(element.get("valueCodeableConcept"), into, day, of="Observation")


def _day_of_observation(resource: Json) -> date | None:
    for name in ("effectiveDateTime", "effectiveInstant", "issued"):
        if (day := day_of(resource.get(name))) is not None:
            return day
    began, ended = _period(resource.get("effectivePeriod"))
    return ended or began


def _may_speak(element: Json, codes: CodeMap) -> bool:
    """Whether an observation, or a part of one, is of a rating scale or has a coded value."""
    return "valueCodeableConcept" in element or coded(element.get("code"), codes.of_scales)


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
            waiting += objects(answer.get("item"))
            asked = [(LOINC, code)]
            _ = _scored(asked, answer, into, day) or _answered(asked, answer, into, day)


def _medication(resource: Json, into: Gathered) -> None:
    status = text(resource.get("status"))
    if status in NEVER_HAPPENED or text(resource.get("intent")) in NO_ORDER:
        return
    if resource.get("doNotPerform") is True:
        return
    began, ended = _period(resource.get("effectivePeriod"))
    course = Course(
        began=day_of(resource.get("authoredOn") or resource.get("effectiveDateTime")) or began,
        ended=ended,
        # What may be in use isn't passed over: it counts where a rule asks what isn't known.
        in_use=None if status in {"", UNKNOWN} else status in GOING_ON,
        stopped=_how_it_ended(resource, status, into.codes),
    )
    _had(medicine_of(resource, into.medicines), course, into, of="medication")


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
    for day in (course.began, course.ended):
        into.on(day)
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
    if text(resource.get("status")) in NEVER_HAPPENED:
        return
    for condition in objects(resource.get("condition")):
        for coding in codings(condition.get("code")):
            finding = into.codes.finding(coding)
            if finding is not None and finding[1] in FAMILY:
                into.find(FindingKind.BACKGROUND, FAMILY[finding[1]], date.min)


def _patient(resource: Json, into: Gathered) -> None:
    sex = SEXES.get(text(resource.get("gender")))
    if sex is not None:
        into.find(FindingKind.BACKGROUND, sex, date.min)
    born = span_of(resource.get("birthDate"))
    if born is not None and born[1] <= into.today:
        into.is_born(born)


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

# Every field that is asked of a resource; doors may leave out the others before anything is read.
FIELDS_READ = (
    *("resourceType", "id", "status", "verificationStatus", "clinicalStatus", "statusReason"),
    *("code", "component", "item", "condition", "contained", "intent", "doNotPerform"),
    *("medicationCodeableConcept", "medicationReference"),
    *("valueCodeableConcept", "valueCoding", "valueQuantity", "valueInteger", "valueDecimal"),
    *("valueString", "gender", "birthDate", "recordedDate", "issued", "authored", "authoredOn"),
    *("effectiveDateTime", "effectivePeriod", "effectiveInstant", "onsetDateTime", "onsetPeriod"),
    *("performedDateTime", "performedPeriod", "link", *WHOSE),
)
