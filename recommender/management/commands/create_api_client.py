"""Make a client of the API and print its token, once."""

from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser

from recommender.exceptions import BadInput
from recommender.management.output import ReportingCommand
from recommender.services import access

ACTOR = "command line"


class Command(ReportingCommand):
    """`create_api_client ward-7-ehr --role ehr_client`."""

    help = "Make a client of the API with the given roles and print its token, once."

    def add_arguments(self, parser: CommandParser) -> None:
        """The client's name, its roles, and how long the token lasts."""
        super().add_arguments(parser)
        parser.add_argument("name", help="the client, such as the system and where it runs")
        parser.add_argument(
            "--role",
            action="append",
            required=True,
            dest="roles",
            metavar="ROLE",
            help=f"what it may do; give it again for more: {', '.join(access.Role)}",
        )
        parser.add_argument("--days", type=int, help="days until the token ends; left out: never")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the client and its token."""
        del args
        days: int | None = options["days"]
        if days is not None and days < 1:
            raise BadInput("Give 1 day or more.", field="days")
        made = access.create_client(
            name=options["name"],
            roles=frozenset(access.role_named(role) for role in options["roles"]),
            by=ACTOR,
            expires_in=timedelta(days=days) if days else None,
        )
        self.report(
            {"client": made.token.name, "token": made.secret, "expires": made.token.expires}
        )
        self.say(f"Token of {made.token.name}, shown only now:\n{made.secret}")
        self.say("Send it as `Authorization: Bearer …`.")
