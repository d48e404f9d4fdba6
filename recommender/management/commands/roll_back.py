"""Bring back the model version that was live before."""

from typing import Any

from django.core.management.base import CommandParser

from recommender.management.output import ReportingCommand
from recommender.management.reports import version_document
from recommender.services import registry


class Command(ReportingCommand):
    """`roll_back --pathway SLUG`: one step back; again goes further back."""

    help = "Bring back the version of a pathway that was live before, in one step."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add which pathway."""
        super().add_arguments(parser)
        parser.add_argument("--pathway", required=True, metavar="SLUG", help="the pathway")

    def handle(self, *_: Any, pathway: str, **__: Any) -> None:
        """Roll back."""
        version = registry.roll_back(pathway=pathway, by="command line")
        self.say(f"{version} is live again.")
        self.report(version_document(version))
