"""Training by workers: a run is written first, then the queue is told of it."""

from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction

from recommender import models
from recommender.ml.recipes import Recipe
from recommender.services import recovery, training
from recommender.services.leases import worker_name
from tasks.celery import app
from tasks.sending import send


@transaction.atomic
def start(
    *,
    pathway: str,
    recipe: Recipe,
    by: str,
    datasets: tuple[str, ...] = (),
    seed: int | None = None,
) -> models.TrainingRun:
    """Ask for a training run and have a worker carry it out; answers the queued run."""
    run = training.request(pathway=pathway, recipe=recipe, by=by, datasets=datasets, seed=seed)
    transaction.on_commit(partial(send, train, models.TrainingRun, (run.pk,)))
    return run


@app.task(acks_late=True, ignore_result=True)
def train(run_id: str) -> None:
    """Carry out one training run. Safe to deliver twice: only a queued run is begun."""
    run = training.carry_out(run_id=UUID(run_id), worker=worker_name())
    if not run.is_final and run.lease_until is not None:
        # Delivered again while somebody has it: who has it may have been killed just now, and
        # there may be no scheduler. By then a dead one's lease has run out.
        app.send_task("tasks.maintenance.recover", countdown=settings.TRAINING_LEASE_SECONDS + 1)
    # Another run of the pathway may have waited for this one.
    send(train, models.TrainingRun, recovery.runs_to_send())
