"""Studies by workers: a version's recipe is trained again on parts of its data."""

from functools import partial
from uuid import UUID

from django.db import transaction
from kombu.exceptions import OperationalError

from recommender import models
from recommender.exceptions import OutOfReach
from recommender.services import judging
from tasks.names import STUDY


@transaction.atomic
def start(*, version: models.ModelVersion, by: str) -> None:
    """Ask for a study and have a worker make it; its figures then stand in the evaluation."""
    judging.request_study(version=version, by=by)
    transaction.on_commit(partial(_send, version.pk))


def _send(pk: UUID) -> None:
    try:
        STUDY.delay(str(pk))
    except OperationalError as error:
        raise OutOfReach("The queue is out of reach. Ask for the study again later.") from error
