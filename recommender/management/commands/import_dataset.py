"""`import_dataset`: take a data set in, all of it or nothing."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from recommender import models
from recommender.formats.content import Content
from recommender.formats.mapping import Mapping
from recommender.management.naming import check_names
from recommender.management.output import ReportingCommand
from recommender.services import dataset_files, datasets, table_mappings

BY = "command line"
FORMATS = ("csv", "parquet", "table", "fhir")
ROWS_SHOWN = 5


class Command(ReportingCommand):
    """Checks everything first, so that a refused file leaves the database as it was."""

    help = (
        "Import a data set: a folder or zip of CSV or Parquet tables, one wide table with a "
        "mapping file, or FHIR R4 (Bundles or Bulk Data NDJSON, as a file, folder or zip). "
        "Validates all of it, prints the import report, writes all or nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, what it becomes, and how it's read."""
        super().add_arguments(parser)
        parser.add_argument("path", help="a folder, a .zip of it, a wide table, or FHIR files")
        parser.add_argument("--name", required=True, help="the data set's name")
        parser.add_argument("--pathway", required=True, help="its pathway; made if it's new")
        parser.add_argument("--format", default="", choices=("", *FORMATS), help="else told by it")
        mapping = parser.add_mutually_exclusive_group()
        mapping.add_argument("--mapping", default="", help="a TOML file, for a wide table")
        mapping.add_argument(
            "--mapping-name", default="", help="the name of a mapping that the admin keeps, instead"
        )
        parser.add_argument("--dry-run", action="store_true", help="check and show, write nothing")
        parser.add_argument(
            "--keep-unknown",
            action="store_true",
            help="if it's refused: let names that nobody knows wait in the admin to be mapped",
        )
        parser.add_argument("--publish", action="store_true", help="publish it at once")

    def handle(self, **options: Any) -> None:
        """Read and check, show what was found, then write."""
        check_names(options["name"], options["pathway"])
        with self.progress("Reading") as step:
            content = dataset_files.read(
                path=Path(options["path"]),
                pathway=options["pathway"],
                format=options["format"],
                mapping=_mapping(**options),
                keep_unknown=options["keep_unknown"],
                tell=step.update,
            )
        if options["dry_run"]:
            self._show_first_rows(content)
            self._show(datasets.report_on(content), None)
            self.say("Nothing was written: this was a dry run.")
            return
        with self.progress("Writing") as step:
            imported = datasets.import_dataset(
                content=content,
                name=options["name"],
                pathway=options["pathway"],
                by=BY,
                publish_at_once=options["publish"],
                tell=step.update,
            )
        self._show(imported.report, imported.dataset)

    def _show(self, report: dict[str, Any], dataset: models.DataSet | None) -> None:
        anonymity = report["anonymity"]
        name = str(dataset) if dataset else "The data set"
        self.say(
            f"{name}: {report['cases']:,} cases, {report['findings']:,} findings of "
            f"{report['concepts']} kinds, {report['responses']:,} responses "
            f"({report['responses_known']:,} known, {report['responded']:.0%} of them responded) "
            f"to {report['therapies']} therapies."
        )
        if report["simulated"]:
            self.say("SIMULATED DATA: nothing here is about real people.")
        if report["cases"]:
            self._show_anonymity(anonymity)
        if arms := report["evidence"]["arms"]:
            studies, of = report["evidence"]["studies"], report["evidence"]["therapies"]
            self.say(f"Evidence: {arms:,} arms of {studies:,} studies of {of} therapies.")
        for note in report["notes"]:
            self.say(note)
        if dataset is not None:
            self.say(
                f"The data set is a {dataset.status} one."
                if dataset.status == "draft"
                else f"The data set is {dataset.status}."
            )
        self.report(
            {
                "dataset": None
                if dataset is None
                else {
                    "id": dataset.pk,
                    "name": dataset.name,
                    "version": dataset.version,
                    "status": dataset.status,
                    "content_hash": dataset.content_hash,
                },
                "report": report,
            }
        )

    def _show_anonymity(self, anonymity: dict[str, Any]) -> None:
        names = ", ".join(anonymity["quasi_identifiers"]) or "no quasi-identifiers"
        self.say(
            f"k-anonymity: {anonymity['k']} over {names}; "
            f"{anonymity['cases_in_small_groups']:,} cases share theirs with fewer than 4 others."
        )
        widest = sorted(anonymity["without"].items(), key=lambda pair: -pair[1])[:3]
        for quasi, k in widest:
            if k > anonymity["k"]:
                self.say(f"  Without {quasi} it would be {k}.")

    def _show_first_rows(self, content: Content) -> None:
        first = content.findings.filter(content.findings["case"] < ROWS_SHOWN).sort("case")
        self.table(
            f"Findings of the first {min(ROWS_SHOWN, content.cases.height)} cases",
            ["case", "kind", "code", "value"],
            [
                [
                    row["case"] + 1,
                    content.concepts[row["concept"]].kind.value,
                    content.concepts[row["concept"]].code,
                    _value(row),
                ]
                for row in first.iter_rows(named=True)
            ],
        )
        tried = content.responses.filter(content.responses["case"] < ROWS_SHOWN).sort("case")
        self.table(
            "Their therapies",
            ["case", "therapy", "response"],
            [
                [
                    row["case"] + 1,
                    content.therapies[row["therapy"]].code,
                    "unknown" if row["response"] is None else f"{row['response']:g}",
                ]
                for row in tried.iter_rows(named=True)
            ],
        )


def _mapping(*, mapping: str, mapping_name: str, **_: Any) -> Path | Mapping | None:
    """What the columns of a wide table are, from a file or as it's kept."""
    if mapping_name:
        return table_mappings.mapping_in(table_mappings.named(mapping_name))
    return Path(mapping) if mapping else None


def _value(row: dict[str, Any]) -> str:
    if row["category"] is not None:
        return str(row["category"])
    return "present" if row["number"] is None else f"{row['number']:g}"
