"""Alerts: the lists whose red flags ask for somebody today, until somebody takes them up."""

from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from recommender import models
from recommender.exceptions import UnknownName
from recommender.services import audit

ACKNOWLEDGED = "alert.acknowledged"

# Asked again with its flags acknowledged, a list needs nobody else to take it up.
_TAKEN_UP = Q(acknowledgement__isnull=False) | ~Q(answer__acknowledged=[])


def alerts() -> QuerySet[models.SuggestionList]:
    """Every urgent list that was asked for by itself; those of batch files are nobody's care."""
    urgent = models.SuggestionList.Status.URGENT
    found = models.SuggestionList.objects.filter(status=urgent, batch__isnull=True)
    return found.select_related("pathway", "acknowledgement").defer("case")


def taken_up(found: QuerySet[models.SuggestionList]) -> QuerySet[models.SuggestionList]:
    """Those that somebody acts on."""
    return found.filter(_TAKEN_UP)


def still_open(found: QuerySet[models.SuggestionList]) -> QuerySet[models.SuggestionList]:
    """Those that nobody has taken up yet."""
    return found.exclude(_TAKEN_UP)


@transaction.atomic
def acknowledge(*, list_id: UUID, by: str) -> models.SuggestionList:
    """Note who acts on the red flags of a list; the first to do so stays on record."""
    found = alerts().select_related(None).select_for_update(of=("self",)).filter(pk=list_id).first()
    if found is None:
        raise UnknownName("There is no alert of this id.", field="id")
    _, new = models.AlertAcknowledgement.objects.get_or_create(
        suggestion_list=found, defaults={"by": by, "at": timezone.now()}
    )
    if new:
        audit.record(
            action=ACKNOWLEDGED, target=str(list_id), version=str(found.model_version_id), by=by
        )
    return alerts().get(pk=list_id)
