"""`attach_evidence`: published studies as what a pathway's therapies are expected to do."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from recommender.exceptions import BadInput
from recommender.formats.evidence import Scope
from recommender.management.naming import check_names
from recommender.management.output import ReportingCommand
from recommender.ml import report_evidence
from recommender.services import evidence

BY = "command line"


class Command(ReportingCommand):
    """Shows what the studies come to, then keeps them as a published data set without cases."""

    help = (
        "Attach published studies to a pathway: evidence.csv, or a folder or zip with it and a "
        "therapies.csv. They are pooled, each arm against its own study's control, and become "
        "the prior of therapies' averages in the next training. Prints what they come to."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, where it belongs, and what of it counts there."""
        super().add_arguments(parser)
        parser.add_argument("path", help="evidence.csv, or a folder or .zip with it")
        parser.add_argument("--name", required=True, help="the name of the data set it becomes")
        parser.add_argument("--pathway", required=True, help="its pathway; made if it's new")
        parser.add_argument(
            "--condition", action="append", default=[], help="only studies of this; may be repeated"
        )
        parser.add_argument(
            "--age-group", action="append", default=[], help="only studies of these; as often"
        )
        parser.add_argument(
            "--therapy",
            action="append",
            default=[],
            metavar="THEIRS=OURS",
            help="a code of theirs that stands for a therapy of ours; as often",
        )
        parser.add_argument(
            "--source",
            default="",
            help="where the studies come from, as suggestions name it; else dataset.json says",
        )
        parser.add_argument("--dry-run", action="store_true", help="check and show, write nothing")

    def handle(self, **options: Any) -> None:
        """Read and check, show, then attach."""
        name, pathway = options["name"], options["pathway"]
        check_names(name, pathway)
        with self.progress("Reading") as step:
            content = evidence.read(
                path=Path(options["path"]),
                pathway=pathway,
                scope=Scope(tuple(options["condition"]), tuple(options["age_group"])),
                renamed=dict(_pair(each) for each in options["therapy"]),
                source=options["source"],
                tell=step.update,
            )
        pooled = evidence.pooled(content)
        self._show(pooled)
        tried = evidence.tried(content, pathway=pathway)
        self.say(f"Of these, tried here: {', '.join(tried) or 'none; check the codes'}.")
        for note in content.notes:
            self.say(note)
        if options["dry_run"]:
            self.say("Nothing was written: this was a dry run.")
            self.report({"dataset": None, "evidence": pooled, "tried": tried})
            return
        dataset = evidence.attach(content=content, name=name, pathway=pathway, by=BY).dataset
        self.say(f"{dataset} is attached to {pathway}. Train again to learn with it.")
        self.report({"dataset": str(dataset), "evidence": pooled, "tried": tried})

    def _show(self, pooled: dict[str, Any] | None) -> None:
        if pooled is None:
            self.say(
                "No arm can be compared with a control of its own study, so these studies will "
                "say nothing."
            )
            return
        head = ["therapy", *report_evidence.HEAD[1:]]
        self.table("Against the control of their own studies", head, report_evidence.rows(pooled))
        for sentence in report_evidence.sentences(pooled):
            self.say(sentence)


def _pair(given: str) -> tuple[str, str]:
    theirs, equals, ours = given.partition("=")
    if not (theirs and equals and ours):
        raise BadInput("--therapy: give THEIRS=OURS, such as ipt=interpersonal.", field="therapy")
    return theirs, ours
