"""Stop suggestions at once, everywhere or in part."""

from typing import Any

from django.core.management.base import CommandParser

from recommender.management.output import ReportingCommand
from recommender.services import stops


class Command(ReportingCommand):
    """`stop_suggestions --reason WHY`: holds from the next answer on, in every process."""

    help = (
        "Stop suggestions: all of them, or those of one pathway, therapy or class. Clinicians see "
        "the reason. `resume_suggestions` lets them go on."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add what to stop, and why."""
        super().add_arguments(parser)
        parser.add_argument("--reason", required=True, help="why; clinicians read it")
        parser.add_argument(
            "--pathway", default="", metavar="SLUG", help="only this pathway (default: all)"
        )
        parser.add_argument("--therapy", default="", metavar="CODE", help="only this therapy")
        parser.add_argument(
            "--therapy-class", default="", metavar="CLASS", help="only this class of therapies"
        )

    def handle(
        self,
        *_: Any,
        reason: str,
        pathway: str,
        therapy: str,
        therapy_class: str,
        **__: Any,
    ) -> None:
        """Stop."""
        made = stops.stop(
            reason=reason,
            pathway=pathway,
            therapy=therapy,
            therapy_class=therapy_class,
            by="command line",
        )
        where = f"on {made.pathway}" if made.pathway else "everywhere"
        self.say(f"Stopped: {made.subject}, {where}.")
        self.say(f"To go on: manage.py resume_suggestions --stop {made.pk} --reason WHY")
        self.report({"stop": made.pk, "code": made.code})
