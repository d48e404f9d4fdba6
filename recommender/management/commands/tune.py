"""Search a recipe's parameters, here or on workers, and keep the best as a named recipe."""

import time
from typing import Any

from django.core.management.base import CommandParser

import tasks.tuning
from recommender import models
from recommender.exceptions import Cancelled, SearchFailed
from recommender.management.failures import exit_code_of
from recommender.management.output import ReportingCommand
from recommender.management.recipe_options import add_recipe_options, read_recipe
from recommender.ml.halving import DEFAULT_TRIALS
from recommender.services import search_figures, trials, tuning
from recommender.services.leases import worker_name
from recommender.services.tuning import Wanted

BY = "command line"
LOOK_EVERY_SECONDS = 0.3


class Command(ReportingCommand):
    """`tune --pathway SLUG`: exit 0 also where the base stays; the output says which."""

    help = (
        "Search the parameters of a recipe by successive halving, judged on held-out log-loss; "
        "the winner becomes a named recipe for `train --recipe NAME`."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add what to search, how long, where, and the name of what comes out."""
        super().add_arguments(parser)
        add_recipe_options(parser)
        parser.add_argument(
            "--trials",
            type=int,
            default=DEFAULT_TRIALS,
            metavar="N",
            help=f"how many candidates to draw (default: {DEFAULT_TRIALS})",
        )
        parser.add_argument(
            "--name", default="", metavar="NEWNAME", help="of the recipe (default: BASE-tuned)"
        )
        parser.add_argument("--seed", type=int, help="a whole number (default: the recipe's)")
        parser.add_argument(
            "--async",
            action="store_true",
            dest="on_worker",
            help="have workers try several at once; watch them",
        )

    def handle(self, *_: Any, on_worker: bool, **options: Any) -> None:
        """Search, print every trial, and say whether the winner is better than the base."""
        wanted = Wanted(
            pathway=options["pathway"],
            base=read_recipe(options["recipe"], pathway=options["pathway"]),
            datasets=tuple(options["datasets"]),
            trials=options["trials"],
            seed=options["seed"],
            name=options["name"],
        )
        search = self._on_workers(wanted) if on_worker else self._here(wanted)
        self._require_success(search)
        for table in search_figures.tables(search):
            self.table(table.title, table.head, table.rows)
        self.say(search.result["note"])
        self.say(
            f"`manage.py train --pathway {options['pathway']} --recipe {search.name}` trains it."
        )
        self.report(search_figures.as_document(search))

    def _here(self, wanted: Wanted) -> models.ParameterSearch:
        search = tuning.request(wanted=wanted, by=BY, on_worker=False)
        with self.progress(f"Search {search.pk}") as step:
            return trials.carry_out_search(
                search=search, worker=worker_name(), listener=step.update
            )

    def _on_workers(self, wanted: Wanted) -> models.ParameterSearch:
        search = tasks.tuning.start(wanted=wanted, by=BY)
        self.say(f"Search {search.pk} is queued.")
        try:
            with self.progress("Waiting for a worker (`manage.py serve` starts one)") as step:
                while not search.is_final:
                    time.sleep(LOOK_EVERY_SECONDS)
                    search.refresh_from_db()
                    if search.started:
                        step.update(search_figures.stage(search), tuning.share_done(search))
        except KeyboardInterrupt:
            self.say(f"The search goes on. Stop it with `manage.py cancel_tuning {search.pk}`.")
            raise
        return search

    def _require_success(self, search: models.ParameterSearch) -> None:
        if search.status == models.ParameterSearch.Status.CANCELLED:
            raise Cancelled(f"Search {search.pk} was cancelled.")
        if search.status == models.ParameterSearch.Status.FAILED:
            code = search.result.get("failure_code", "")
            raise SearchFailed(search.failure, exit_code=exit_code_of(code))
