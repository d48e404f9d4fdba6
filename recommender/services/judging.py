"""Judging a model version: on other data, by training it again on parts of its own, as a page."""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from django.db import transaction

from recommender import models
from recommender.clinical.case import Case
from recommender.exceptions import CorruptArtifact, Refused
from recommender.ml import agreement, plots, transfer
from recommender.ml import study as ml_study
from recommender.ml.recipes import Recipe
from recommender.ml.report import html_report
from recommender.ml.transfer import cases_of
from recommender.services import audit, datasets, registry, training

CASES_COMPARED = 500

Telling = Callable[[str, float], None]


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


def is_studied(version: models.ModelVersion) -> bool:
    """Whether a study's figures stand in its evaluation."""
    return "study" in version.evaluation


@transaction.atomic
def request_study(*, version: models.ModelVersion, by: str) -> None:
    """Write down who wants a version studied, if it can be and hasn't been."""
    if is_studied(version):
        raise Refused(f"{version} has been studied: the figures are in its evaluation.")
    _still_published(version)
    audit.record(
        action="model_version.study_requested", target=str(version.pk), by=by, version=str(version)
    )


def study(*, version: models.ModelVersion, by: str, tell: Telling) -> models.ModelVersion:
    """Train the version's recipe again on parts of its data, and keep what that shows with it.

    The version stays what it is: its artifact and the gates' decision don't change.
    """
    run = version.training_run
    chosen = _still_published(version)
    tell("reading the data", 0.0)
    data, data_hash = datasets.training_data(chosen)
    found = ml_study.study(data, Recipe.from_json(run.recipe), seed=run.seed, tell=tell)
    found["same_data"] = data_hash == run.data_hash
    before = _version_before(version)
    found["version_before"] = None if before is None else {"name": str(before)}
    if before is not None:
        cases = islice(cases_of(data), CASES_COMPARED)
        found["version_before"] |= _agreement(before, version, cases)
    return _keep(version, found, by=by)


def report(version: models.ModelVersion) -> str:
    """The version's evaluation with its plots, as one page that loads nothing."""
    return html_report(
        str(version), version.evaluation, gates=version.gates, simulated=version.simulated
    )


def reliability(version: models.ModelVersion) -> str:
    """What the version said of groups against what came, drawn; nothing where it's too little."""
    calibration = version.evaluation.get("calibration")
    return plots.reliability(calibration["bins"]) if calibration else ""


def _still_published(version: models.ModelVersion) -> list[models.DataSet]:
    """The data sets that it learned from; refused when one has been withdrawn."""
    chosen = list(version.training_run.datasets.order_by("name", "version"))
    if any(one.status != models.DataSet.Status.PUBLISHED for one in chosen):
        raise Refused(
            f"{version} can't be studied: data that it learned from has been withdrawn. "
            "What was found before stays in its evaluation."
        )
    return chosen


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
