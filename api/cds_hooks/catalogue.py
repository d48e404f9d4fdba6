"""Which services there are, one a hook and pathway with a live version, and what they ask for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from recommender import models

PATIENT_VIEW = "patient-view"
ORDER_SELECT = "order-select"
ORDER_SIGN = "order-sign"

# Only first-level tokens and the query subset that the standard recommends.
PREFETCH = {
    "patient": "Patient/{{context.patientId}}",
    "conditions": "Condition?patient={{context.patientId}}",
    "observations": (
        "Observation?patient={{context.patientId}}&category=survey,social-history"
        "&_sort=-date&_count=200"
    ),
    "questionnaires": (
        "QuestionnaireResponse?patient={{context.patientId}}&_sort=-authored&_count=20"
    ),
    "medications": "MedicationRequest?patient={{context.patientId}}&_count=200",
    "statements": "MedicationStatement?patient={{context.patientId}}&_count=200",
    "procedures": "Procedure?patient={{context.patientId}}&_sort=-date&_count=200",
    "allergies": "AllergyIntolerance?patient={{context.patientId}}",
    "family": "FamilyMemberHistory?patient={{context.patientId}}",
}
REQUIRED = ("conditions", "observations")


@dataclass(frozen=True, slots=True)
class _Hook:
    """What one hook's services say of themselves."""

    title: str
    description: str


_RANKING = _Hook(
    "Therapies to review",
    "Ranked therapies for a clinician's review, what speaks for and against each, what was "
    "withheld and why. Red flags come first. It suggests; a clinician decides.",
)
_COMMENTS = _Hook(
    "Safety of the drafted order",
    "What the safety rules and red flags have to say of the therapies being ordered. Comments "
    "only: nothing is ranked and no other therapy is put forward.",
)
HOOKS = {PATIENT_VIEW: _RANKING, ORDER_SELECT: _COMMENTS, ORDER_SIGN: _COMMENTS}


@dataclass(frozen=True, slots=True)
class Service:
    """One hook of one pathway."""

    hook: str
    pathway: models.Pathway

    @property
    def id(self) -> str:
        """Its part of the address."""
        return f"{self.hook}-{self.pathway.slug}"

    def as_given(self) -> dict[str, object]:
        """Its entry in the discovery."""
        about = HOOKS[self.hook]
        return {
            "hook": self.hook,
            "id": self.id,
            "title": f"{about.title}: {self.pathway.title}",
            "description": about.description,
            "prefetch": PREFETCH,
            "usageRequirements": (
                "Needs the patient's conditions and survey observations: prefetched, or to be "
                "read from a registered FHIR server. Nothing that says who the patient is gets "
                "stored."
            ),
        }


def services_on(pathways: Iterable[models.Pathway]) -> Iterator[Service]:
    """The services of these pathways."""
    for pathway in pathways:
        for hook in HOOKS:
            yield Service(hook, pathway)
