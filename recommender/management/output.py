"""What commands print and how they end: for people on a terminal, in a log, and for machines."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn, Protocol

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from recommender.exceptions import OutOfReach, RecommenderError, RefusedImport

INTERRUPTED = 130
PLAIN_WIDTH = 140


class Step(Protocol):
    """A long piece of work that says how far it is."""

    def update(self, stage: str, share: float | None = None) -> None:
        """Say what's being done now and, where it's known, the share done of it all (0 to 1)."""


class PlainStep:
    """Progress as one line a stage, for logs and pipes."""

    def __init__(self, command: "ReportingCommand") -> None:
        self._command = command
        self._stage = ""

    def update(self, stage: str, share: float | None = None) -> None:  # noqa: ARG002 - a bar's
        """Print the stage when it changes; shares would only fill a log."""
        if stage != self._stage:
            self._stage = stage
            self._command.say(f"{stage} …")


class BarStep:
    """Progress as one bar that moves, for a terminal."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def update(self, stage: str, share: float | None = None) -> None:
        """Move the bar; without a share it pulses."""
        self._progress.update(
            self._task,
            description=stage,
            total=None if share is None else 1.0,
            completed=share or 0.0,
        )


class SilentStep:
    """No progress: a machine reads the output."""

    def update(self, stage: str, share: float | None = None) -> None:
        """Say nothing."""


class ReportingCommand(BaseCommand):
    """A command with `--json`, progress, and the exit codes 2, 3 and 4 of the product's errors.

    A subclass writes `handle()`, adds its arguments after `super().add_arguments(parser)`, raises
    from `recommender.exceptions`, and prints with `say`, `table`, `progress` and `report`.
    """

    reports = True  # whether the command has something for `--json` to print
    _json = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Add `--json` where the command reports."""
        if self.reports:
            parser.add_argument("--json", action="store_true", help="print one JSON document only")

    def execute(self, *args: Any, **options: Any) -> str | None:  # noqa: ANN401 - Django's own
        """Run the command; an error of ours becomes a plain message and its exit code."""
        self._json = bool(options.get("json"))
        try:
            return super().execute(*args, **options)
        except RecommenderError as error:
            self._fail(error)
        except (OperationalError, InterfaceError) as error:
            self._fail(
                OutOfReach(
                    "The database doesn't answer. Start it with `manage.py services up`, "
                    "or check DATABASE_URL."
                ),
                cause=error,
            )
        except KeyboardInterrupt:
            self.stderr.write("Stopped.")
            sys.exit(INTERRUPTED)

    def say(self, text: str = "") -> None:
        """Print a line for people; a machine that asked for JSON doesn't get it."""
        if not self._json:
            self.stdout.write(text)

    def table(self, title: str, headers: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Print a table; numbers stand to the right."""
        if self._json:
            return
        numeric = [
            bool(rows) and all(isinstance(row[place], int | float) for row in rows)
            for place in range(len(headers))
        ]
        table = Table(title=title, title_justify="left", title_style="bold", box=None)
        for header, right in zip(headers, numeric, strict=True):
            table.add_column(header, justify="right" if right else "left", overflow="fold")
        for row in rows:
            table.add_row(*(_cell(value) for value in row))
        # A table in a log is as wide as it needs; on a terminal rich reads the width itself.
        width = None if self.stdout.isatty() else PLAIN_WIDTH
        console = Console(width=width, highlight=False, markup=False)
        with console.capture() as printed:
            console.print(table)
        self.stdout.write(printed.get())

    @contextmanager
    def progress(self, first: str) -> Iterator[Step]:
        """A step to report progress with: a bar on a terminal, a line a stage elsewhere."""
        if self._json:
            yield SilentStep()
            return
        if not self.stdout.isatty():
            step = PlainStep(self)
            step.update(first)
            yield step
            return
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, transient=True) as bar:
            yield BarStep(bar, bar.add_task(first, total=None))

    def report(self, document: dict[str, Any]) -> None:
        """Print the result for machines, when they asked for it."""
        if self._json:
            self.stdout.write(json.dumps(document, ensure_ascii=False, default=str))

    def _fail(self, error: RecommenderError, *, cause: Exception | None = None) -> NoReturn:
        """End with the error's exit code; a caller within Python gets a CommandError instead."""
        if not getattr(self, "_called_from_command_line", False):
            raise CommandError(str(error), returncode=error.exit_code) from (cause or error)
        if self._json:
            self.report({"error": as_document(error)})
        self.stderr.write(str(error))
        sys.exit(error.exit_code)


def as_document(error: RecommenderError) -> dict[str, Any]:
    """An error as a machine reads it: code, message and, of an import, each problem."""
    document: dict[str, Any] = {"code": error.code, "message": str(error)}
    if isinstance(error, RefusedImport):
        document["problems"] = [
            {
                "file": problem.file,
                "row": problem.row,
                "field": problem.field,
                "code": problem.code,
                "message": problem.message,
            }
            for problem in error.problems
        ]
    return document


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)
