"""Simulated data sets: cases of a world whose truth is known, as a folder and its truth beside."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from django.conf import settings

from recommender.exceptions import BadInput
from recommender.formats.catalogue_folder import read_catalogue
from recommender.formats.folder_writing import in_place, write_folder
from recommender.ml.simulation import simulator
from recommender.ml.simulation.courses import REMISSION_BELOW, Courses
from recommender.ml.simulation.depression import POPULATIONS
from recommender.ml.simulation.simulator import Batch, Simulator
from recommender.ml.simulation.worlds import WORLDS

INSTRUMENT = "phq9"
MOST_CASES = 2_000_000
DRAWING_SHARE = 0.7

Tell = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Places:
    """Where a simulated data set goes: a folder for the import, and the truth apart from it."""

    folder: Path
    truth: Path

    @classmethod
    def beside(cls, folder: Path) -> "Places":
        """The truth beside the folder, so that no import can meet it."""
        return cls(folder, folder.with_name(f"{folder.name}-truth.parquet"))


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, and where."""

    places: Places
    cases: int
    findings: int
    responses: int


def build(*, pathway: str, world: str, seed: int) -> Simulator:
    """A simulator over the shipped catalogue; an unknown name is refused with those there are."""
    if pathway not in POPULATIONS:
        raise BadInput(f"Choose one of: {', '.join(POPULATIONS)}.", field="pathway")
    if world not in WORLDS:
        raise BadInput(f"Choose one of: {', '.join(WORLDS)}.", field="world")
    if seed < 0:
        raise BadInput("Give a seed of 0 or more.", field="seed")
    population = POPULATIONS[pathway]
    catalogue = read_catalogue(settings.FIXTURES_DIR)
    therapies = tuple(
        entry.therapy
        for entry in catalogue.therapies
        if not population.indications.isdisjoint(entry.indications)
    )
    return simulator.build(WORLDS[world], population, therapies, catalogue.rules, seed=seed)


def write(
    simulated: Simulator,
    *,
    cases: int,
    places: Places,
    file_format: str,
    tell: Tell,
    unseen: bool = False,
) -> Written:
    """Write cases and, apart from them, the truth; `unseen` leaves out what was tried."""
    if not 1 <= cases <= MOST_CASES:
        raise BadInput(f"Give a number of cases from 1 to {MOST_CASES:,}.", field="cases")
    with in_place(places.truth) as truth, in_place(places.folder) as folder:
        drawn = _drawn(simulated, cases, unseen=unseen, tell=tell)
        tables = _tables(simulated, drawn, prefix="u" if unseen else "s")
        tell("Writing", DRAWING_SHARE)
        known = {name: table.lazy() for name, table in tables.items() if name != "truth"}
        if unseen:
            del known["responses"]
        write_folder(folder, known, _about(simulated, unseen=unseen), file_format=file_format)
        tables["truth"].write_parquet(truth)
    tell("Writing", 1.0)
    responses = 0 if unseen else len(tables["responses"])
    return Written(places, cases, len(tables["findings"]), responses)


def _drawn(simulated: Simulator, cases: int, *, unseen: bool, tell: Tell) -> Iterator[Batch]:
    done = 0
    for batch in simulated.unseen(cases) if unseen else simulated.logged(cases):
        done += len(batch)
        yield batch
        tell("Drawing cases", DRAWING_SHARE * done / cases)


def _about(simulated: Simulator, *, unseen: bool) -> dict[str, Any]:
    whose = "unseen cases" if unseen else "cases and what they tried"
    return {
        "name": "simulated",
        "title": f"SIMULATED {whose}: invented people, not patients",
        "description": (
            f"Drawn by the simulator with seed {simulated.seed}. {simulated.world.about} "
            "Every number is invented: nothing here says anything about real therapies."
        ),
        "licenses": [{"name": "CC0-1.0"}],
        "simulated": True,
    }


def _tables(
    simulated: Simulator, batches: Iterable[Batch], *, prefix: str
) -> dict[str, pl.DataFrame]:
    parts: dict[str, list[pl.DataFrame]] = {
        name: [] for name in ("cases", "findings", "responses", "truth")
    }
    first = 0
    for batch in batches:
        cases = pl.Series("case", [f"{prefix}{first + n}" for n in range(len(batch))])
        parts["cases"].append(_cases(batch, cases))
        parts["findings"].append(_findings(simulated, batch, cases))
        parts["responses"].append(_responses(simulated, batch.courses, cases))
        parts["truth"].append(_truth(simulated, batch, cases))
        first += len(batch)
    return {name: pl.concat(tables) for name, tables in parts.items()}


def _cases(batch: Batch, cases: pl.Series) -> pl.DataFrame:
    site = pl.Series("site", batch.site)
    return pl.DataFrame([cases, pl.Series("year", batch.year), site]).with_columns(
        site=pl.format("clinic-{}", pl.col("site") + 1)
    )


def _findings(simulated: Simulator, batch: Batch, cases: pl.Series) -> pl.DataFrame:
    kinds = pl.Series([kind.value for kind, _ in simulated.population.findings], dtype=pl.String)
    codes = pl.Series([code for _, code in simulated.population.findings], dtype=pl.String)
    recorded = batch.findings
    return pl.DataFrame(
        {
            "case": cases.gather(recorded.person),
            "kind": kinds.gather(recorded.finding).cast(pl.Categorical),
            "code": codes.gather(recorded.finding).cast(pl.Categorical),
            "value": _or_nothing(recorded.level, recorded.level >= 0),
        }
    )


def _responses(simulated: Simulator, courses: Courses, cases: pl.Series) -> pl.DataFrame:
    codes = pl.Series([therapy.code for therapy in simulated.therapies])
    return pl.DataFrame(
        {
            "case": cases.gather(courses.person),
            "therapy": codes.gather(courses.therapy).cast(pl.Categorical),
            "sequence": courses.sequence,
            "response": _response_words(courses),
            "score_before": courses.before,
            "score_after": _or_nothing(courses.after, courses.known),
            "instrument": INSTRUMENT,
            "stopped": _endings(courses),
        }
    )


def _response_words(courses: Courses) -> np.ndarray[Any, Any]:
    """The words of the folder format; PHQ-9 halved is the usual definition of response."""
    return np.select(
        [
            ~courses.known,
            courses.responded & (courses.after < REMISSION_BELOW),
            courses.responded & (2 * courses.after <= courses.before),
            courses.responded,
            courses.after > courses.before,
        ],
        ["unknown", "remission", "response", "partial", "worse"],
        default="none",
    )


def _endings(courses: Courses) -> np.ndarray[Any, Any]:
    return np.select(
        [courses.side_effects, ~courses.known, courses.responded],
        ["side-effects", "unknown", "completed"],
        default="no-effect",
    )


def _truth(simulated: Simulator, batch: Batch, cases: pl.Series) -> pl.DataFrame:
    """Each case's chance under usual care and on each therapy; none where a rule withholds it."""
    columns = [
        _or_nothing(chance, ~withheld, name=therapy.code)
        for therapy, chance, withheld in zip(
            simulated.therapies,
            batch.chance.T.astype(np.float32),
            batch.withheld.T,
            strict=True,
        )
    ]
    usual = pl.Series("usual_care", batch.usual_care.astype(np.float32))
    return pl.DataFrame([cases, usual, *columns])


def _or_nothing(
    values: np.ndarray[Any, Any], there: np.ndarray[Any, Any], *, name: str = ""
) -> pl.Series:
    """The values as a column that is empty where they aren't there."""
    table = pl.DataFrame({"value": values, "there": there})
    return table.select(pl.when("there").then("value").alias(name)).to_series()
