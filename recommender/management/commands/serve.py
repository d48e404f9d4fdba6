"""Run web, worker and scheduler until Ctrl-C."""

import errno
import ipaddress
import os
import socket
import sys
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandParser

from recommender import embedded
from recommender.exceptions import BadInput, OutOfReach
from recommender.management.output import ReportingCommand
from recommender.management.serving import serving_alone
from recommender.management.supervisor import Program, Supervisor

LOOK_AFTER_DATABASE_EVERY_S = 5.0
LARGEST_PORT = 65_535


class Command(ReportingCommand):
    """`serve`: the whole product on one machine, in the foreground."""

    help = "Run web, worker and scheduler until Ctrl-C. HOST and PORT are honoured."
    reports = False
    _looked_after = 0.0

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the address and the size."""
        super().add_arguments(parser)
        parser.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1")
        parser.add_argument("--port", default=os.environ.get("PORT") or "8000")
        parser.add_argument("--workers", type=int, default=1, help="task worker processes")

    def handle(self, *_: Any, **options: Any) -> None:
        """Check the address, say where everything is, and keep it running."""
        host, port = options["host"], _port(options["port"])
        _check_free(host, port)
        with serving_alone():
            self._welcome(host, port)
            programs = _programs(host, port, options["workers"])
            Supervisor(programs, write=self._line).run(self._look_after)
        self.say("Stopped.")

    def _welcome(self, host: str, port: int) -> None:
        shown = f"[{host}]" if ":" in host else host
        address = f"http://{shown}:{port}"
        self.table(
            "Addresses",
            ("what", "where"),
            [
                ("review", f"{address}/review/"),
                ("admin", f"{address}/admin/"),
                ("API", f"{address}/api/v1/"),
                ("API docs", f"{address}/api/docs/"),
                ("ready?", f"{address}/readyz"),
                *([] if settings.PRODUCTION else [("EHR simulator", f"{address}/ehr/")]),
            ],
        )
        if settings.PRODUCTION:
            return
        if not _is_this_machine_only(host):
            self.say(
                f"HOST={host} can be reached from other machines, and demo log-ins have passwords "
                "that everybody knows: none were made. Remove those an earlier run may have made."
            )
            return
        call_command("demo_users", stdout=self.stdout)

    def _line(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _look_after(self) -> None:
        """Start the database again if it was killed; the programs reconnect by themselves."""
        now = time.monotonic()
        if not settings.EMBEDDED_DATABASE or now - self._looked_after < LOOK_AFTER_DATABASE_EVERY_S:
            return
        self._looked_after = now
        try:
            if embedded.ensure_running(settings.STATE_DIR):
                self._line("PostgreSQL had ended; it was started again.")
        except embedded.EmbeddedServerError as error:
            raise OutOfReach(str(error)) from error


def _programs(host: str, port: int, workers: int) -> list[Program]:
    python = (sys.executable, "-m")
    # Without its banner, and without the warning that root should rather be somebody else: the
    # one who runs this on their machine knows who they are.
    celery = (
        *(sys.executable, "-W", "ignore:You're running the worker"),
        *("-m", "celery", "--quiet", "-A", "tasks.celery"),
    )
    schedule = Path(settings.STATE_DIR) / "schedule"
    return [
        Program(
            "web",
            (
                *(*python, "granian", "--interface", "asgi", "--host", host, "--port", str(port)),
                *("--log-level", "warning", "api.asgi:application"),
            ),
        ),
        Program(
            "worker",
            (
                *(*celery, "worker", f"--concurrency={workers}", "--loglevel=INFO"),
                *("--without-gossip", "--without-mingle", "--without-heartbeat"),
            ),
        ),
        Program("scheduler", (*celery, "beat", f"--schedule={schedule}", "--pidfile=")),
    ]


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= LARGEST_PORT:
        raise BadInput("PORT must be a number from 1 to 65535.", field="PORT")
    return int(text)


def _check_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise BadInput(
                f"This account may not listen on port {port}: set PORT to one above 1023.",
                field="PORT",
            ) from None
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise BadInput(
                    f"Port {port} is in use. Set PORT to another, say: make serve PORT={port + 1}",
                    field="PORT",
                ) from None
            raise BadInput(
                "HOST must be an address of this machine, such as 127.0.0.1 or 0.0.0.0.",
                field="HOST",
            ) from None


def _is_this_machine_only(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
