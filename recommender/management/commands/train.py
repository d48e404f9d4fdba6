"""Train a recipe on published data sets, here or on a worker, and say how good it is."""

import sys
import time
from typing import Any

from django.core.management.base import CommandParser

import tasks.training
from recommender import models
from recommender.exceptions import (
    Cancelled,
    Refused,
    TrainingFailed,
)
from recommender.management import reports
from recommender.management.failures import exit_code_of
from recommender.management.output import ReportingCommand, Step, as_document
from recommender.management.recipe_options import add_recipe_options, read_recipe
from recommender.services import recovery, registry, runs, training
from recommender.services.leases import worker_name

BY = "command line"
LOOK_EVERY_SECONDS = 0.3


class Command(ReportingCommand):
    """`train --pathway SLUG`: exit 3 when `--promote` was asked for and the gates refuse."""

    help = "Train and evaluate a model version of a pathway on its published data sets."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add what to train on, how, and where."""
        super().add_arguments(parser)
        add_recipe_options(parser)
        parser.add_argument("--seed", type=int, help="a whole number (default: the recipe's)")
        parser.add_argument(
            "--async", action="store_true", dest="on_worker", help="have a worker train; watch it"
        )
        parser.add_argument(
            "--promote", action="store_true", help="make it live if the gates pass; else exit 3"
        )

    def handle(self, *_: Any, promote: bool, **options: Any) -> None:
        """Train, print the evaluation and the gates' decision, and promote if asked to."""
        asked = {
            "pathway": options["pathway"],
            "datasets": tuple(options["datasets"]),
            "recipe": read_recipe(options["recipe"], pathway=options["pathway"]),
            "seed": options["seed"],
            "by": BY,
        }
        run = self._on_worker(asked) if options["on_worker"] else self._here(asked)
        version = self._version_of(run)
        self.say(f"Trained {version}, id {version.pk}.")
        reports.show_version(self, version)
        refusal = self._promote(version) if promote else None
        self._end(version, refusal)

    def _here(self, asked: dict[str, Any]) -> models.TrainingRun:
        with self.progress("Training") as step:
            self._wait_for_turn(asked["pathway"], step)
            run = training.request(**asked, on_worker=False)
            run = runs.carry_out(run_id=run.pk, worker=worker_name(), listener=step.update)
        if not run.is_final:
            training.cancel(run=run, by=BY)
            raise Refused("Another run of the pathway began at the same moment. Try again.")
        return run

    def _wait_for_turn(self, pathway: str, step: Step) -> None:
        running = models.TrainingRun.objects.filter(
            pathway__slug=pathway, status=models.TrainingRun.Status.RUNNING
        )
        while (other := running.first()) is not None:
            step.update(f"Waiting for training run {other.pk} of this pathway")
            recovery.recover()
            time.sleep(LOOK_EVERY_SECONDS)

    def _on_worker(self, asked: dict[str, Any]) -> models.TrainingRun:
        run = tasks.training.start(**asked)
        self.say(f"Training run {run.pk} is queued.")
        try:
            with self.progress("Waiting for a worker (`manage.py serve` starts one)") as step:
                while not run.is_final:
                    time.sleep(LOOK_EVERY_SECONDS)
                    run = models.TrainingRun.objects.select_related("pathway").get(pk=run.pk)
                    if run.stage:
                        step.update(run.stage, run.share_done)
        except KeyboardInterrupt:
            self.say(f"The run goes on. Stop it with `manage.py cancel_training {run.pk}`.")
            raise
        return run

    def _version_of(self, run: models.TrainingRun) -> models.ModelVersion:
        if run.status == models.TrainingRun.Status.CANCELLED:
            raise Cancelled(f"Training run {run.pk} was cancelled.")
        if run.status == models.TrainingRun.Status.FAILED:
            code = run.result.get("failure_code", "")
            raise TrainingFailed(run.failure, exit_code=exit_code_of(code))
        return models.ModelVersion.objects.select_related("pathway", "training_run").get(
            training_run=run
        )

    def _promote(self, version: models.ModelVersion) -> Refused | None:
        """Make it live; a refusal is answered, so that the evaluation is reported beside it."""
        try:
            registry.promote(version=version, by=BY)
        except Refused as refusal:
            return refusal
        self.say(f"{version} is live.")
        return None

    def _end(self, version: models.ModelVersion, refusal: Refused | None) -> None:
        document = reports.version_document(registry.find(str(version.pk)))
        if refusal is None:
            self.report(document)
            return
        if self._json:
            self.report({**document, "error": as_document(refusal)})
            sys.exit(refusal.exit_code)
        raise refusal
