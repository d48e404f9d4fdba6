"""Offers: which therapies of the catalogue this site has; a convenience, never a safety rule."""

from django.db import transaction

from recommender import models
from recommender.services import audit

OFFERED, NOT_OFFERED = "therapy.offered", "therapy.not_offered"


@transaction.atomic
def set_offered(*, therapy: models.TherapyRecord, offered: bool, by: str) -> models.TherapyRecord:
    """Note whether the site has it; a new release of the catalogue leaves that alone."""
    therapy.offered = offered
    therapy.save(update_fields=["offered"])
    audit.record(action=OFFERED if offered else NOT_OFFERED, target=therapy.code, by=by)
    return therapy
