"""Suggest therapies for many cases at once, into a file."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from recommender import models
from recommender.clinical.case import Case
from recommender.clinical.suggestion_request import DEFAULT_LIMIT, MAX_LIMIT
from recommender.exceptions import BadInput
from recommender.formats.case_folder import AskedCase, CaseFolder, read_case_folder
from recommender.formats.suggestion_file import WRITERS
from recommender.management.output import Step
from recommender.management.version_option import VersionCommand
from recommender.management.whole_file import whole_file
from recommender.services import registry, suggestions
from recommender.services.names import bedside_names
from recommender.services.suggestion_store import Given

BY = "command line"
STEP_CASES = 500


class Command(VersionCommand):
    """`suggest --pathway SLUG --cases DIR --output FILE`: every list is stored as it's written."""

    help = "Suggest therapies for the cases of a folder, into a .csv or .jsonl file."
    version_required = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the cases, where the suggestions go, and how many there are to be."""
        super().add_arguments(parser)
        parser.add_argument("--pathway", required=True, metavar="SLUG", help="the pathway")
        parser.add_argument(
            "--cases", required=True, metavar="DIR", help="a folder or .zip with the cases"
        )
        parser.add_argument(
            "--output", required=True, metavar="FILE", help="the .csv or .jsonl file to write"
        )
        parser.add_argument(
            "--limit",
            type=int,
            default=DEFAULT_LIMIT,
            help=f"suggestions a case, at most {MAX_LIMIT} (default: {DEFAULT_LIMIT})",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Read all, then suggest; the file appears when everything is stored."""
        output = Path(options["output"])
        _check_output(output, options["limit"])
        version = registry.find(options["model_version"] or "live", pathway=options["pathway"])
        if version.pathway.slug != options["pathway"]:
            raise BadInput(f"{version} isn't of that pathway.", field="version")
        with self.progress("Reading the cases") as step:
            names = bedside_names(options["pathway"])
            folder = read_case_folder(Path(options["cases"]), names=names)
            counts = _suggest(folder, version, output, options["limit"], step)
        self._show(version, output, counts)

    def _show(self, version: models.ModelVersion, output: Path, counts: Counter[str]) -> None:
        if version.simulated:
            self.say("SIMULATED DATA: this version learned from simulated cases.")
        self.say(f"{counts.total():,} cases answered by {version}, in {output}.")
        for status, count in sorted(counts.items()):
            self.say(f"  {status.replace('_', ' ')}: {count:,}")
        self.report(
            {
                "version": str(version.pk),
                "simulated": version.simulated,
                "cases": counts.total(),
                "by_status": dict(counts),
                "output": str(output),
            }
        )


def _check_output(output: Path, limit: int) -> None:
    if output.suffix not in WRITERS:
        raise BadInput(f"Give a file that ends in {' or '.join(WRITERS)}.", field="output")
    if not 1 <= limit <= MAX_LIMIT:
        raise BadInput(f"Give a limit from 1 to {MAX_LIMIT}.", field="limit")


def _suggest(
    folder: CaseFolder, version: models.ModelVersion, output: Path, limit: int, step: Step
) -> Counter[str]:
    counts = Counter[str]()
    now_asked: AskedCase | None = None

    def cases() -> Iterator[tuple[str, Case]]:
        nonlocal now_asked
        for number, asked in enumerate(folder):
            if number % STEP_CASES == 0:
                step.update("Suggesting", number / len(folder))
            now_asked = asked
            yield asked.case_id, asked.case

    with whole_file(output) as file:
        write = WRITERS[output.suffix](file)

        def deliver(case_id: str, given: Given) -> None:
            counts[given.answer.status.value] += 1
            write(case_id, given.answer)

        try:
            suggestions.suggest_batch(
                version=version, cases=cases(), limit=limit, deliver=deliver, by=BY
            )
        except BadInput as error:
            if now_asked is None:
                raise
            raise folder.refusal(now_asked, error) from None
    return counts
