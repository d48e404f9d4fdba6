"""Lift a stop, or show what is stopped."""

from typing import Any

from django.core.management.base import CommandParser

from recommender.exceptions import BadInput
from recommender.management.output import ReportingCommand
from recommender.services import stops


class Command(ReportingCommand):
    """`resume_suggestions --stop N --reason WHY`; without a stop it lists those that are on."""

    help = "Let suggestions go on. Without --stop, show what is stopped and why."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add which stop, and why."""
        super().add_arguments(parser)
        parser.add_argument("--stop", type=int, metavar="N", help="the number of the stop")
        parser.add_argument("--reason", default="", help="why suggestions may go on")

    def handle(self, *_: Any, stop: int | None, reason: str, **__: Any) -> None:
        """Lift, or list."""
        if stop is None:
            if reason:
                raise BadInput("Say which stop: --stop N.", field="stop")
            self._list()
            return
        lifted = stops.lift(stop=stop, reason=reason, by="command line")
        self.say(f"Lifted: {lifted.subject}.")
        self.report({"lifted": lifted.pk})

    def _list(self) -> None:
        found = list(stops.active())
        if not found:
            self.say("Nothing is stopped.")
        for each in found:
            where = each.pathway.slug if each.pathway else "everywhere"
            self.say(f"{each.pk}: {each.subject}, {where}, by {each.stopped_by}: {each.reason}")
        self.report(
            {
                "on": [
                    {"stop": each.pk, "subject": each.subject, "reason": each.reason}
                    for each in found
                ]
            }
        )
