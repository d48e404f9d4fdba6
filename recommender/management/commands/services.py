"""Start, stop and look at the embedded PostgreSQL and the queue in it."""

from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import CommandParser
from django.db import connection

from recommender import embedded
from recommender.exceptions import OutOfReach
from recommender.management.output import ReportingCommand
from recommender.management.preparation import bring_up_to_date, start_server
from recommender.management.serving import stop_serving


class Command(ReportingCommand):
    """`services up`, `services down`, `services status`."""

    help = "Start, stop or look at the embedded PostgreSQL and the task queue in it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the verb."""
        super().add_arguments(parser)
        parser.add_argument("verb", choices=("up", "down", "status"))

    def handle(self, *_: Any, **options: Any) -> None:
        """Do it, then say how things are."""
        try:
            {"up": self.up, "down": self.down, "status": self.status}[options["verb"]]()
        except embedded.EmbeddedServerError as error:
            raise OutOfReach(str(error)) from error

    def up(self) -> None:
        """Start what is embedded and bring it up to date."""
        if settings.EMBEDDED_DATABASE:
            start_server()
            bring_up_to_date()
        elif not settings.BROKER_URL:
            self._install_queue()
        self.status()

    def down(self) -> None:
        """Stop what `serve` runs, then what is embedded."""
        if stop_serving():
            self.say("Web, worker and scheduler stopped.")
        stopped = embedded.stop(settings.STATE_DIR)
        self.say("PostgreSQL stopped." if stopped else "PostgreSQL wasn't running.")
        self.report({"stopped": stopped})

    def status(self) -> None:
        """Say what runs where; exit code 4 when it doesn't."""
        document = self._embedded() if settings.EMBEDDED_DATABASE else self._own()
        for name, value in document.items():
            self.say(f"{name:<9} {'–' if value is None else value}")
        if document["database"] != "running":
            raise OutOfReach("The database isn't running. Start it with `manage.py services up`.")
        self.report(document)

    def _embedded(self) -> dict[str, Any]:
        found = embedded.status(settings.STATE_DIR)
        return {
            "database": "running" if found.running else "stopped",
            "broker": self._broker(is_there=found.queue),
            "version": found.version,
            "pid": found.pid,
            "data": str(found.data),
            "socket": str(found.socket),
            "log": str(found.log),
        }

    def _own(self) -> dict[str, Any]:
        """The server that DATABASE_URL names, without its password."""
        connection.ensure_connection()
        own = connection.connection
        return {
            "database": "running",
            "broker": self._broker(is_there=embedded.is_queue_installed(own)),
            "version": own.info.parameter_status("server_version"),
            "host": settings.DATABASES["default"]["HOST"],
        }

    def _broker(self, *, is_there: bool) -> str:
        if settings.BROKER_URL:
            return "set by BROKER_URL"
        return "in the database" if is_there else "not installed"

    def _install_queue(self) -> None:
        options = settings.CELERY_BROKER_TRANSPORT_OPTIONS
        try:
            embedded.install_queue(options["conn_string"])
        except psycopg.OperationalError as error:
            raise OutOfReach(
                "The server that DATABASE_URL names doesn't answer. Check the address and "
                "that the server runs."
            ) from error
