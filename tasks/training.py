"""Training by workers: a run is written first, then the queue is told of it."""

from functools import partial

from django.db import transaction

from recommender import models
from recommender.ml.recipes import Recipe
from recommender.services import training
from tasks.names import TRAIN
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
    transaction.on_commit(partial(send, TRAIN, models.TrainingRun, (run.pk,)))
    return run
