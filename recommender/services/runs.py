"""Training runs, each carried out once by whoever holds its lease."""

import sys
from importlib.metadata import version as installed_version
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from recommender import models
from recommender.exceptions import BadInput, Cancelled, LeaseLost
from recommender.ml import training
from recommender.ml.gates import Limits
from recommender.ml.outcome import TrainingOutcome
from recommender.ml.recipes import Recipe
from recommender.services import dataset_rows, registry, safety, storage
from recommender.services.endings import Ending
from recommender.services.leases import Heartbeat, Lease
from recommender.services.progress import Listener, Progress, nobody, with_line

LIBRARIES = ("rectools-lightfm", "numpy", "scipy", "scikit-learn", "statsmodels", "polars")

QUEUED = models.TrainingRun.Status.QUEUED
SUCCEEDED = models.TrainingRun.Status.SUCCEEDED


def carry_out(*, run_id: UUID, worker: str, listener: Listener = nobody) -> models.TrainingRun:
    """Carry out a queued run; answers the run as it then stands.

    Safe to call twice, anywhere: a run that isn't queued is left alone, and one whose pathway is
    being trained stays queued, to be sent again when that has ended.
    """
    lease = _take(run_id, worker)
    if lease is not None:
        run = models.TrainingRun.objects.select_related("pathway").get(pk=run_id)
        run.log = with_line(run.log, f"Begun by {worker}, attempt {lease.attempt}")
        progress = Progress(run, listener=listener)
        with (
            Ending(lease, run, progress),
            Heartbeat(lease, news=progress.news, listen=progress.listen) as heartbeat,
        ):
            lease.extend(log=run.log)
            progress.check = heartbeat.check
            _train_and_register(lease, run, progress)
    return models.TrainingRun.objects.get(pk=run_id)


def _take(run_id: UUID, worker: str) -> Lease | None:
    """Take the run, or None when somebody else has it, it has ended, or its pathway is busy."""
    try:
        return Lease.take(
            models.TrainingRun,
            run_id,
            worker=worker[:100],
            started=Now(),
            library_versions=_library_versions(),
        )
    except IntegrityError:
        # One run a pathway is what the database holds us to. An empty `sent_at` asks whoever
        # finishes there, or the clock, to send this one again.
        models.TrainingRun.objects.filter(pk=run_id, status=QUEUED).update(sent_at=None)
        return None


def _library_versions() -> dict[str, str]:
    versions = {name: installed_version(name) for name in LIBRARIES}
    return {"python": sys.version.split()[0], **versions}


def _train_and_register(lease: Lease, run: models.TrainingRun, progress: Progress) -> None:
    outcome, simulated = _train(lease, run, progress)
    progress("storing the version", 1.0)
    stored = storage.store(outcome.artifact, sha256=outcome.sha256)
    with transaction.atomic():
        _require_still_wanted(lease)
        version = registry.register(run=run, outcome=outcome, stored=stored, simulated=simulated)
        lease.write(
            status=SUCCEEDED,
            stage="",
            share_done=1.0,
            eta_seconds=0.0,
            lease_until=None,
            finished=Now(),
            result={
                "model_version": str(version.pk),
                "number": version.number,
                "gates_passed": version.gates_passed,
                "personalised": version.personalised,
                "calibrated": version.calibrated,
            },
            log=with_line(progress.log, f"Registered {version}"),
        )


def _train(
    lease: Lease, run: models.TrainingRun, progress: Progress
) -> tuple[TrainingOutcome, bool]:
    chosen = list(run.datasets.order_by("name", "version"))
    for dataset in chosen:
        if dataset.status != models.DataSet.Status.PUBLISHED:
            raise BadInput(f"The data set {dataset} was withdrawn. Train again without it.")
    progress("reading the data", 0.0)
    data, data_hash = dataset_rows.training_data(chosen)
    lease.extend(data_hash=data_hash)
    simulated = any(dataset.simulated for dataset in chosen)
    outcome = training.carry_out(
        data,
        Recipe.from_json(run.recipe),
        seed=run.seed,
        rules=safety.active_rules(run.pathway).rules,
        simulated=simulated,
        progress=progress,
        limits=Limits.from_json(run.pathway.gate_limits),
    )
    return outcome, simulated


def _require_still_wanted(lease: Lease) -> None:
    """Lock the row for the last write: nobody can cancel or take over from here on."""
    held = lease.row().select_for_update().values_list("cancel_requested", flat=True).first()
    if held is None:
        raise LeaseLost("Another worker took this run over; the result was dropped.")
    if held:
        raise Cancelled("The training run was cancelled.")
