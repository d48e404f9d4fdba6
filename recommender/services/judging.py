"""Judging a model version: on other data, as a page; `studies` trains it again on parts."""

from typing import Any

from django.db import transaction

from recommender import models
from recommender.exceptions import Refused
from recommender.ml import plots, transfer
from recommender.ml.report import html_report
from recommender.services import audit, dataset_rows, registry, training


def judge(*, version: models.ModelVersion, dataset: str) -> dict[str, Any]:
    """How the version's forecasts do on a published data set of its pathway."""
    (chosen,) = training.published(version.pathway, [dataset])
    data, data_hash = dataset_rows.training_data([chosen])
    run = version.training_run
    return {
        "dataset": str(chosen),
        "data_hash": data_hash,
        "simulated": chosen.simulated,
        "learned_from": run.datasets.filter(pk=chosen.pk).exists(),
        **transfer.judge(registry.load_model(version), data, seed=run.seed),
    }


def is_studied(version: models.ModelVersion) -> bool:
    """Whether a study's figures stand in its evaluation."""
    return "study" in version.evaluation


@transaction.atomic
def request_study(*, version: models.ModelVersion, by: str) -> None:
    """Write down who wants a version studied, if it can be and hasn't been."""
    if is_studied(version):
        raise Refused(f"{version} has been studied: the figures are in its evaluation.")
    still_published(version)
    audit.record(
        action="model_version.study_requested", target=str(version.pk), by=by, version=str(version)
    )


def report(version: models.ModelVersion) -> str:
    """The version's evaluation with its plots, as one page that loads nothing."""
    return html_report(
        str(version), version.evaluation, gates=version.gates, simulated=version.simulated
    )


def reliability(version: models.ModelVersion) -> str:
    """What the version said of groups against what came, drawn; nothing where it's too little."""
    calibration = version.evaluation.get("calibration")
    return plots.reliability(calibration["bins"]) if calibration else ""


def still_published(version: models.ModelVersion) -> list[models.DataSet]:
    """The data sets that it learned from; refused when one has been withdrawn."""
    chosen = list(version.training_run.datasets.order_by("name", "version"))
    if any(one.status != models.DataSet.Status.PUBLISHED for one in chosen):
        raise Refused(
            f"{version} can't be studied: data that it learned from has been withdrawn. "
            "What was found before stays in its evaluation."
        )
    return chosen
