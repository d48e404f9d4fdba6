"""Say what a model version is worth, on a terminal or as one self-contained file."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from recommender import models
from recommender.management import reports
from recommender.management.version_option import VersionCommand
from recommender.management.whole_file import whole_file
from recommender.ml.report import html_report
from recommender.services import judging, registry


class Command(VersionCommand):
    """`evaluate --version ID|live`: the stored evaluation, or how it does on another data set."""

    help = "Show a model version's evaluation, with plots on request."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add whose live version, on which data set, and where the report goes."""
        super().add_arguments(parser)
        parser.add_argument(
            "--pathway", default="", metavar="SLUG", help="whose live version, with --version live"
        )
        parser.add_argument(
            "--dataset",
            metavar="NAME",
            help="judge it on this published data set too, NAME or NAME@VERSION",
        )
        parser.add_argument(
            "--report",
            type=Path,
            metavar="FILE.html",
            help="write the evaluation with its plots as one file that loads nothing",
        )

    def handle(self, *_: Any, model_version: str, **options: Any) -> None:
        """Show the evaluation."""
        version = registry.find(model_version, pathway=options["pathway"])
        self.say(f"{version}, id {version.pk}, is {version.status}.")
        reports.show_version(self, version)
        document = reports.version_document(version)
        if options["dataset"]:
            with self.progress("Judging it on the data set"):
                judgement = judging.judge(version=version, dataset=options["dataset"])
            reports.show_judgement(self, judgement)
            document["judgement"] = judgement
        if options["report"]:
            write_report(version, options["report"])
            self.say(f"The report is in {options['report']}.")
        self.report(document)


def write_report(version: models.ModelVersion, path: Path) -> None:
    """Write the whole file or leave what was there."""
    page = html_report(str(version), version.evaluation, simulated=version.simulated)
    with whole_file(path) as file:
        file.write(page)
