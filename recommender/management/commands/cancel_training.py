"""Stop a training run."""

from typing import Any
from uuid import UUID

from django.core.management.base import CommandParser

from recommender import models
from recommender.exceptions import UnknownName
from recommender.management.output import ReportingCommand
from recommender.services import training


class Command(ReportingCommand):
    """`cancel_training ID`: at once while it waits, at its next report while it trains."""

    help = "Stop a training run that is queued or running."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add which run."""
        super().add_arguments(parser)
        parser.add_argument("run", type=UUID, metavar="ID", help="the run's id, as it was printed")

    def handle(self, *_: Any, run: UUID, **__: Any) -> None:
        """Cancel it."""
        found = models.TrainingRun.objects.filter(pk=run).first()
        if found is None:
            raise UnknownName("There is no such training run.", field="run")
        cancelled = training.cancel(run=found, by="command line")
        if cancelled.is_final:
            self.say("The training run is cancelled.")
        else:
            self.say("The training run stops at its next report, within seconds.")
        self.report({"id": str(cancelled.pk), "status": cancelled.status})
