"""Suggestion lists to look at, each on a pathway of its own: the server remembers live versions."""

import uuid

from recommender import models
from recommender.clinical.case import Case, Finding, TriedTherapy
from recommender.clinical.coding import FindingKind, Stopped
from recommender.clinical.snapshot import assessment
from recommender.clinical.suggestion_request import SuggestionRequest
from recommender.services import registry, suggestions
from tests import learned


def a_pathway() -> str:
    """A pathway with a live version."""
    registry.forget()
    slug = f"depression-{uuid.uuid4().hex[:8]}"
    learned.a_live_version(pathway=slug)
    models.Pathway.objects.filter(slug=slug).update(title="Depression")
    for each in learned.CONCEPTS:
        models.ConceptRecord.objects.get_or_create(
            kind=each.kind.value,
            code=each.code,
            defaults={"display": each.code.title(), "value_type": each.value_type.value},
        )
    return slug


def a_list(slug: str, *, urgent: bool = False) -> models.SuggestionList:
    """A list that waits for its review; the urgent one is held by a red flag."""
    case = Case(
        findings=(
            Finding(FindingKind.SYMPTOM, "insomnia", 3.0),
            Finding(FindingKind.SYMPTOM, "fatigue", 3.0),
        ),
        tried=(TriedTherapy("sertraline", stopped=Stopped.NO_EFFECT),),
        assessments=(assessment("phq-9", {"9": 3}),) if urgent else (),
    )
    given = suggestions.suggest(request=SuggestionRequest(slug, case), by="ward EHR")
    return models.SuggestionList.objects.get(pk=given.answer.id)
