"""Judging a model version on data it wasn't made from."""

from typing import Any

from recommender import models
from recommender.ml import transfer
from recommender.services import datasets, registry, training


def judge(*, version: models.ModelVersion, dataset: str) -> dict[str, Any]:
    """How the version's forecasts do on a published data set of its pathway."""
    (chosen,) = training.published(version.pathway, [dataset])
    data, data_hash = datasets.training_data([chosen])
    run = version.training_run
    return {
        "dataset": str(chosen),
        "data_hash": data_hash,
        "simulated": chosen.simulated,
        "learned_from": run.datasets.filter(pk=chosen.pk).exists(),
        **transfer.judge(registry.load_model(version), data, seed=run.seed),
    }
