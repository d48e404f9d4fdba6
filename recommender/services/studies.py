"""Studies of a model version: its recipe is trained again on parts of its data."""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from django.db import transaction

from recommender import models
from recommender.clinical.case import Case
from recommender.exceptions import CorruptArtifact
from recommender.ml import agreement
from recommender.ml import study as ml_study
from recommender.ml.recipes import Recipe
from recommender.ml.transfer import cases_of
from recommender.services import audit, dataset_rows, judging, registry

CASES_COMPARED = 500

Telling = Callable[[str, float], None]


def study(*, version: models.ModelVersion, by: str, tell: Telling) -> models.ModelVersion:
    """Train the version's recipe again on parts of its data, and keep what that shows with it.

    The version stays what it is: its artifact and the gates' decision don't change.
    """
    run = version.training_run
    chosen = judging.still_published(version)
    tell("reading the data", 0.0)
    data, data_hash = dataset_rows.training_data(chosen)
    found = ml_study.study(data, Recipe.from_json(run.recipe), seed=run.seed, tell=tell)
    found["same_data"] = data_hash == run.data_hash
    before = _version_before(version)
    found["version_before"] = None if before is None else {"name": str(before)}
    if before is not None:
        cases = islice(cases_of(data), CASES_COMPARED)
        found["version_before"] |= _agreement(before, version, cases)
    return _keep(version, found, by=by)


def _version_before(version: models.ModelVersion) -> models.ModelVersion | None:
    """The newest version before this one that clinicians saw."""
    return (
        models.ModelVersion.objects.filter(
            pathway=version.pathway, number__lt=version.number, promoted_at__isnull=False
        )
        .order_by("-number")
        .first()
    )


def _agreement(
    before: models.ModelVersion, version: models.ModelVersion, cases: Iterable[Case]
) -> dict[str, Any]:
    try:
        pair = registry.load_model(before), registry.load_model(version)
    except CorruptArtifact:
        return {}
    return agreement.between_versions(*pair, cases) or {}


@transaction.atomic
def _keep(version: models.ModelVersion, found: dict[str, Any], *, by: str) -> models.ModelVersion:
    row = models.ModelVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    row.evaluation = {**row.evaluation, "study": found}
    row.save(update_fields=["evaluation"])
    audit.record(action="model_version.studied", target=str(row.pk), by=by, version=str(version))
    return registry.find(str(row.pk))
