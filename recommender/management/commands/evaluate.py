"""Say what a model version is worth, on a terminal or as one self-contained file."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from recommender import models
from recommender.exceptions import BadInput, Refused
from recommender.management import reports
from recommender.management.version_option import VersionCommand
from recommender.management.whole_file import whole_file
from recommender.services import judging, registry, studies

BY = "command line"


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
            "--study",
            action="store_true",
            help="train its recipe on parts of its data: other sites, later years, less data, "
            "other seeds (minutes; kept with the version)",
        )
        parser.add_argument(
            "--report",
            type=Path,
            metavar="FILE.html",
            help="write the evaluation with its plots as one file that loads nothing; "
            "studies the version first if that hasn't been done",
        )

    def handle(self, *_: Any, model_version: str, **options: Any) -> None:
        """Show the evaluation."""
        version = registry.find(model_version, pathway=options["pathway"])
        report: Path | None = options["report"]
        if report is not None and not report.parent.is_dir():
            raise BadInput(
                f"There is no folder {report.parent}. Choose another folder.", field="report"
            )
        self.say(f"{version}, id {version.pk}, is {version.status}.")
        if options["study"] or (report is not None and not judging.is_studied(version)):
            version = self._studied(version, asked_for=options["study"])
        reports.show_version(self, version)
        document = reports.version_document(version)
        if options["dataset"]:
            with self.progress("Judging it on the data set"):
                judgement = judging.judge(version=version, dataset=options["dataset"])
            reports.show_judgement(self, judgement)
            document["judgement"] = judgement
        if report is not None:
            with whole_file(report) as file:
                file.write(judging.report(version))
            self.say(f"The report is in {report}.")
        self.report(document)

    def _studied(self, version: models.ModelVersion, *, asked_for: bool) -> models.ModelVersion:
        """The version after its study; a report is written without one where none can be made."""
        try:
            with self.progress("Training it again on parts of its data") as step:
                return studies.study(version=version, by=BY, tell=step.update)
        except Refused as refusal:
            if asked_for:
                raise
            self.say(str(refusal))
            return version
