"""Write a simulated data set, and its truth apart from it."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from recommender.formats.folder_writing import FORMATS
from recommender.management.output import ReportingCommand
from recommender.ml.simulation.depression import POPULATIONS
from recommender.ml.simulation.worlds import WORLDS
from recommender.services import simulations
from recommender.services.simulations import Places, Written


class Command(ReportingCommand):
    """`simulate_dataset --pathway depression --cases 2000 --seed 1 --output var/simulated`."""

    help = (
        "Write invented cases of a world whose truth is known, in the folder format, and the "
        "truth beside the folder as FOLDER-truth.parquet."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Which world, how much of it, and where it goes."""
        super().add_arguments(parser)
        parser.add_argument(
            "--pathway",
            required=True,
            metavar="SLUG",
            help=f"whose people to invent: {', '.join(POPULATIONS)}",
        )
        parser.add_argument("--cases", required=True, type=int, metavar="N", help="how many")
        parser.add_argument(
            "--seed", required=True, type=int, metavar="S", help="the same seed, the same bytes"
        )
        parser.add_argument(
            "--output", required=True, type=Path, metavar="DIR", help="a folder to make"
        )
        parser.add_argument(
            "--world",
            default="mid",
            metavar="NAME",
            help="; ".join(f"{name}: {world.about}" for name, world in WORLDS.items()),
        )
        parser.add_argument(
            "--unseen",
            type=int,
            default=0,
            metavar="N",
            help="also N new cases without anything tried, as DIR-unseen and its truth",
        )
        parser.add_argument(
            "--truth", type=Path, metavar="FILE.parquet", help="another place for the truth"
        )
        parser.add_argument("--format", choices=FORMATS, default=FORMATS[0], help="of the tables")

    def handle(self, *_: Any, output: Path, **options: Any) -> None:
        """Draw the world and write what was asked for."""
        with self.progress("Drawing a world") as step:
            simulated = simulations.build(
                pathway=options["pathway"], world=options["world"], seed=options["seed"]
            )
            places = Places.beside(output)
            wanted = [(options["cases"], Places(output, options["truth"] or places.truth), False)]
            if options["unseen"]:
                beside = Places.beside(output.with_name(f"{output.name}-unseen"))
                wanted.append((options["unseen"], beside, True))
            written = [
                simulations.write(
                    simulated,
                    cases=cases,
                    places=place,
                    unseen=unseen,
                    file_format=options["format"],
                    tell=step.update,
                )
                for cases, place, unseen in wanted
            ]
        self.say("SIMULATED DATA: invented people, not patients.")
        for one in written:
            self.say(
                f"{one.places.folder}: {one.cases:,} cases, {one.findings:,} findings, "
                f"{one.responses:,} responses. Truth: {one.places.truth}."
            )
        self.report({"simulated": True, "written": [_document(one) for one in written]})


def _document(one: Written) -> dict[str, Any]:
    return {
        "folder": str(one.places.folder),
        "truth": str(one.places.truth),
        "cases": one.cases,
        "findings": one.findings,
        "responses": one.responses,
    }
