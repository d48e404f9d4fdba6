"""What workers learn: training runs, trials of searches, studies. Doors don't import this."""

import logging
from uuid import UUID

from django.conf import settings

from recommender import models
from recommender.exceptions import Refused
from recommender.services import judging, recovery, registry, runs, studies, trials
from recommender.services.leases import worker_name
from tasks.celery import app
from tasks.names import TRAIN
from tasks.sending import send
from tasks.tuning import move_on

logger = logging.getLogger(__name__)


@app.task(acks_late=True, ignore_result=True)
def train(run_id: str) -> None:
    """Carry out one training run. Safe to deliver twice: only a queued run is begun."""
    run = runs.carry_out(run_id=UUID(run_id), worker=worker_name())
    if not run.is_final and run.lease_until is not None:
        _recover_later()
    # Another run of the pathway may have waited for this one.
    send(TRAIN, models.TrainingRun, recovery.runs_to_send())


@app.task(acks_late=True, ignore_result=True)
def try_out(trial_id: str) -> None:
    """Carry out one trial. Safe to deliver twice: only a queued trial is begun."""
    trial = trials.carry_out(trial_id=UUID(trial_id), worker=worker_name())
    if trial.lease_until is not None:
        _recover_later()
    move_on()


@app.task(acks_late=True, ignore_result=True)
def study(version_id: str) -> None:
    """Study one version. Safe to deliver twice: one that has been studied is left alone."""
    version = registry.find(version_id)
    if judging.is_studied(version):
        return
    try:
        studies.study(version=version, by=worker_name(), tell=_nobody)
    except Refused:
        # Its data was withdrawn since; the evaluation stays as it was.
        logger.warning("a study can't be made any more", extra={"id": version_id})


def _recover_later() -> None:
    """Look again when a dead worker's lease has surely run out.

    What was delivered is held by somebody who may have been killed just now, and there may be no
    scheduler.
    """
    app.send_task("tasks.maintenance.recover", countdown=settings.TRAINING_LEASE_SECONDS + 1)


def _nobody(_stage: str, _share: float) -> None:
    """Nobody watches a worker's study."""
