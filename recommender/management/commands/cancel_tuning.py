"""Stop a search for parameters."""

from typing import Any
from uuid import UUID

from django.core.management.base import CommandParser

from recommender import models
from recommender.exceptions import UnknownName
from recommender.management.output import ReportingCommand
from recommender.services import tuning


class Command(ReportingCommand):
    """`cancel_tuning ID`: trials that wait never begin, those under way stop within seconds."""

    help = "Stop a search that `tune` began."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add which search."""
        super().add_arguments(parser)
        parser.add_argument(
            "search", type=UUID, metavar="ID", help="the search's id, as it was printed"
        )

    def handle(self, *_: Any, search: UUID, **__: Any) -> None:
        """Cancel it."""
        found = models.ParameterSearch.objects.filter(pk=search).first()
        if found is None:
            raise UnknownName("There is no such search.", field="search")
        cancelled = tuning.cancel(search=found, by="command line")
        self.say("The search is cancelled; trials under way stop within seconds.")
        self.report({"id": str(cancelled.pk), "status": cancelled.status})
