"""Training runs: asked for and cancelled; `runs` carries them out."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models.functions import Now

from recommender import models
from recommender.exceptions import BadInput, Refused, UnknownName
from recommender.ml.recipes import Recipe
from recommender.services import audit, pathways
from recommender.services.progress import with_line

MAX_SEED = 2**32 - 1

QUEUED = models.TrainingRun.Status.QUEUED
CANCELLED = models.TrainingRun.Status.CANCELLED


@transaction.atomic
def request(
    *,
    pathway: str,
    recipe: Recipe,
    by: str,
    datasets: Sequence[str] = (),
    seed: int | None = None,
    on_worker: bool = True,
) -> models.TrainingRun:
    """Write down that a recipe is to be trained on published data sets.

    A data set is named `NAME` (its newest published version) or `NAME@VERSION`; without any, the
    newest published version of each data set of the pathway is used.
    """
    area = pathways.named(pathway)
    chosen = published(area, datasets)
    used_seed = seed_of(recipe, seed)
    run = models.TrainingRun.objects.create(
        pathway=area,
        recipe_name=recipe.name,
        recipe=recipe.to_json(),
        seed=used_seed,
        requested_by=by,
        on_worker=on_worker,
        sent_at=Now() if on_worker else None,
        log=with_line([], f"Asked for by {by}"),
    )
    run.datasets.set(chosen)
    audit.record(action="training_run.requested", target=str(run.pk), by=by, version=recipe.name)
    run.refresh_from_db()
    return run


@transaction.atomic
def cancel(*, run: models.TrainingRun, by: str) -> models.TrainingRun:
    """Stop a run: at once while it's queued, at its next report while it's running."""
    locked = models.TrainingRun.objects.select_for_update().get(pk=run.pk)
    if locked.is_final:
        raise Refused(f"The training run has already ended: it is {locked.status}.")

    locked.cancel_requested = True
    locked.log = with_line(locked.log, f"Cancelled by {by}")
    if locked.status == QUEUED:
        locked.status = CANCELLED
        locked.finished = Now()
    locked.save(update_fields=["cancel_requested", "log", "status", "finished"])
    audit.record(action="training_run.cancelled", target=str(run.pk), by=by)
    locked.refresh_from_db()
    return locked


def published(pathway: models.Pathway, names: Sequence[str]) -> list[models.DataSet]:
    """The published data sets of these names, or the newest version of each when none is named."""
    every = models.DataSet.objects.filter(
        pathway=pathway, status=models.DataSet.Status.PUBLISHED
    ).order_by("name", "-version")
    newest: dict[str, models.DataSet] = {}
    for dataset in every:
        newest.setdefault(dataset.name, dataset)
    if not newest:
        raise BadInput(
            f"The pathway {pathway} has no published data set. Import one and publish it first.",
            field="datasets",
        )
    if not names:
        return list(newest.values())

    by_name = newest | {f"{dataset.name}@{dataset.version}": dataset for dataset in every}
    if unknown := sorted(set(names) - set(by_name)):
        raise UnknownName(
            f"No published data set of {pathway} is called {', '.join(unknown)}. "
            f"There are: {', '.join(newest)} (NAME, or NAME@VERSION for an older one).",
            field="datasets",
        )
    return list({by_name[name].pk: by_name[name] for name in names}.values())


def seed_of(recipe: Recipe, seed: int | None) -> int:
    """The seed that was asked for, or the recipe's."""
    used = recipe.seed if seed is None else seed
    if not 0 <= used <= MAX_SEED:
        raise BadInput(f"Give a seed between 0 and {MAX_SEED}.", field="seed")
    return used
