"""Studies by workers: a version's recipe is trained again on parts of its data."""

import logging
from functools import partial
from uuid import UUID

from django.db import transaction
from kombu.exceptions import OperationalError

from recommender import models
from recommender.exceptions import OutOfReach, Refused
from recommender.services import judging, registry
from recommender.services.leases import worker_name
from tasks.celery import app

logger = logging.getLogger(__name__)


@transaction.atomic
def start(*, version: models.ModelVersion, by: str) -> None:
    """Ask for a study and have a worker make it; its figures then stand in the evaluation."""
    judging.request_study(version=version, by=by)
    transaction.on_commit(partial(_send, version.pk))


def _send(pk: UUID) -> None:
    try:
        study.delay(str(pk))
    except OperationalError as error:
        raise OutOfReach("The queue is out of reach. Ask for the study again later.") from error


@app.task(acks_late=True, ignore_result=True)
def study(version_id: str) -> None:
    """Study one version. Safe to deliver twice: one that has been studied is left alone."""
    version = registry.find(version_id)
    if judging.is_studied(version):
        return
    try:
        judging.study(version=version, by=worker_name(), tell=_nobody)
    except Refused:
        # Its data was withdrawn since; the evaluation stays as it was.
        logger.warning("a study can't be made any more", extra={"id": version_id})


def _nobody(_stage: str, _share: float) -> None:
    """Nobody watches a worker's study."""
