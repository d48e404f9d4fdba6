"""From the resources of one patient to an anonymised case.

Nothing that says who the person is leaves the reading: no id, name, date, address or free text.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from recommender.clinical.case import Case, Finding, TriedTherapy
from recommender.clinical.names import Missed
from recommender.formats.fhir.codes import CodeMap
from recommender.formats.fhir.courses import Scores, change_over, scores_of
from recommender.formats.fhir.gathered import Gathered, assessments_of
from recommender.formats.fhir.json import Json, codings, objects, text
from recommender.formats.fhir.resources import medicine_of, medicines_in, take

WITHDRAWN = frozenset({"entered-in-error", "cancelled", "revoked", "stopped", "completed"})


@dataclass(frozen=True)
class FhirReading:
    """A case, when the newest of it was recorded, and how many codes had no entry, by resource."""

    case: Case
    as_of: date | None
    unmapped: Mapping[str, int]
    missed: Mapping[Missed, int] = field(default_factory=dict)


def case_from(resources: Iterable[Json], *, codes: CodeMap, today: date) -> FhirReading:
    """The case of these resources; what can't be read or has no entry is left out and counted."""
    known = tuple(resources)
    gathered = Gathered(codes, today, medicines=medicines_in(known))
    for resource in known:
        take(resource, gathered)
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
        if not _is_to_be_done(draft):
            continue
        concept = _ordered_concept(draft, medicines)
        therapies = (codes.therapy(coding) for coding in codings(concept))
        found |= dict.fromkeys(each for each in therapies if each is not None)
    return tuple(found)


def is_any_unread(drafts: Iterable[Json]) -> bool:
    """Whether an order names its medicine by a reference that nothing here answers."""
    known = tuple(drafts)
    medicines = medicines_in(known)
    return any(
        _is_to_be_done(draft)
        and text(reference.get("reference"))
        and medicine_of(draft, medicines) is None
        for draft in known
        for reference in objects(draft.get("medicationReference"))
    )


def _is_to_be_done(draft: Json) -> bool:
    return text(draft.get("status")) not in WITHDRAWN and draft.get("doNotPerform") is not True


def _ordered_concept(draft: Json, medicines: Mapping[str, Json]) -> object:
    if text(draft.get("resourceType")) == "MedicationRequest":
        return medicine_of(draft, medicines)
    return draft.get("code") if text(draft.get("resourceType")) == "ServiceRequest" else None
