"""One world, learned and asked without a database: the learners' own part of the product."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
import polars as pl

from benchmarks.worlds.judge import Judgement, judge_choices
from recommender.clinical.case import Case, Finding
from recommender.clinical.coding import Concept, FindingKind, ValueType
from recommender.ml.groups import Group
from recommender.ml.interactions import Attempts, Findings, TrainingData
from recommender.ml.recipes import Recipe
from recommender.ml.serving import ServingModel
from recommender.ml.simulation.simulator import Batch, Simulator
from recommender.ml.training import carry_out

LATER_CASES = 20_000
SUBGROUP_SHARE = 0.1
FEWEST_ATTEMPTS = 10
"""A group's true rate is the mean over as many unseen attempts at least."""
WIDTH_AT_LEVEL = 1.645
"""Standard errors either way at the level of the groups' intervals, 90 %."""


def run(
    simulator: Simulator, recipes: Iterable[Recipe], *, cases: int, unseen: int
) -> list[Judgement]:
    """Train each recipe on the same cases and judge it on the same unseen ones."""
    data = training_data(simulator, list(simulator.logged(cases)))
    new = list(simulator.unseen(unseen))
    truth = pl.concat(_truth(simulator, batch) for batch in new)
    allowed = ~np.concatenate([batch.withheld for batch in new])
    asked = [case for batch in new for case in cases_of(simulator, batch)]
    found = []
    for recipe in recipes:
        model = _trained(data, recipe)
        chosen, shown = _answers(model, asked, allowed)
        judged = judge_choices(truth, chosen, shown, subgroups_of(asked))
        found.append(replace(judged, group_coverage=group_coverage(model, simulator)))
    return found


def subgroups_of(cases: list[Case]) -> dict[str, np.ndarray]:
    """Who has each background factor that a tenth of the cases have recorded, as booleans."""
    members: dict[str, list[int]] = {}
    for number, case in enumerate(cases):
        for finding in case.findings:
            if finding.kind is FindingKind.BACKGROUND:
                members.setdefault(finding.code, []).append(number)
    found = {}
    for code, numbers in sorted(members.items()):
        if len(numbers) >= SUBGROUP_SHARE * len(cases):
            found[code] = np.isin(np.arange(len(cases)), numbers)
    return found


def group_coverage(model: ServingModel, simulator: Simulator) -> float | None:
    """The share of later, unseen attempts whose group's true rate is inside its interval.

    The attempts are as usual care makes them, and the rate is of what would be recorded.
    """
    if not model.calibrated:
        return None
    place = {therapy.code: number for number, therapy in enumerate(model.therapies)}
    rates: dict[tuple[int, Group], list[float]] = {}
    for batch in simulator.unseen(LATER_CASES):
        scored = [model.score(case) for case in cases_of(simulator, batch)]
        wrong = simulator.world.mislabelled
        attempts = zip(batch.courses.person.tolist(), batch.courses.therapy.tolist(), strict=True)
        for person, tried in attempts:
            therapy = place[simulator.therapies[tried].code]
            group = model.group(scored[person], therapy)
            if group is not None:
                rate = float(batch.chance[person, tried])
                rates.setdefault((therapy, group), []).append(rate + wrong * (1 - 2 * rate))
    known = [
        (group, np.array(of)) for (_, group), of in rates.items() if len(of) >= FEWEST_ATTEMPTS
    ]
    held = sum(len(of) for group, of in known if _holds(group, of))
    return held / sum(len(of) for _, of in known) if known else None


def _holds(group: Group, rates: np.ndarray) -> bool:
    """Whether a group's interval holds its true rate, as far as so many attempts tell that."""
    middle, half = (group.lower + group.upper) / 2, (group.upper - group.lower) / 2
    untold = WIDTH_AT_LEVEL * rates.std(ddof=1) / np.sqrt(len(rates))
    return bool(abs(rates.mean() - middle) <= np.hypot(half, untold))


def training_data(simulator: Simulator, batches: list[Batch]) -> TrainingData:
    """The recorded part of the batches, as training reads it from the database."""
    first = np.cumsum([0, *(len(batch) for batch in batches[:-1])])
    findings, courses = [b.findings for b in batches], [b.courses for b in batches]
    level = np.concatenate([each.level for each in findings]).astype(float)
    known = np.concatenate([each.known for each in courses])
    shifted = zip(courses, first, strict=True)
    site = np.concatenate([batch.site for batch in batches])
    return TrainingData(
        concepts=_concepts(simulator),
        therapies=simulator.therapies,
        findings=Findings(
            case=np.concatenate(
                [f.person + start for f, start in zip(findings, first, strict=True)]
            ),
            concept=np.concatenate([each.finding for each in findings]),
            number=np.where(level < 0, np.nan, level),
            category=np.full(len(level), -1),
            categories=(),
        ),
        attempts=Attempts(
            case=np.concatenate([each.person + start for each, start in shifted])[known],
            therapy=np.concatenate([each.therapy for each in courses])[known],
            response=np.concatenate([each.responded for each in courses])[known].astype(float),
            sequence=np.concatenate([each.sequence for each in courses])[known],
        ),
        site=site,
        year=np.concatenate([batch.year for batch in batches]),
        sites=tuple(f"clinic-{number}" for number in range(int(site.max()) + 1)),
    )


def cases_of(simulator: Simulator, batch: Batch) -> Iterator[Case]:
    """The cases as they're asked for: findings only."""
    recorded = batch.findings
    bounds = np.searchsorted(recorded.person, np.arange(len(batch) + 1))
    names = simulator.population.findings
    for start, stop in pairwise(bounds.tolist()):
        yield Case(
            tuple(
                Finding(*names[finding], None if level < 0 else float(level))
                for finding, level in zip(
                    recorded.finding[start:stop].tolist(),
                    recorded.level[start:stop].tolist(),
                    strict=True,
                )
            )
        )


def _trained(data: TrainingData, recipe: Recipe) -> ServingModel:
    outcome = carry_out(
        data, recipe, seed=recipe.seed, rules=(), simulated=True, progress=lambda *_: None
    )
    return ServingModel.load(outcome.artifact, sha256=outcome.sha256)


def _answers(
    model: ServingModel, asked: list[Case], allowed: np.ndarray
) -> tuple[list[str | None], np.ndarray]:
    chosen: list[str | None] = []
    shown = []
    for case, may in zip(asked, allowed, strict=True):
        scored = model.score(case)
        places = model.order(scored, allowed=may, limit=1).places
        group = model.group(scored, places[0].therapy) if places and model.calibrated else None
        chosen.append(model.therapies[places[0].therapy].code if places else None)
        shown.append(group.probability if group else np.nan)
    return chosen, np.array(shown)


def _concepts(simulator: Simulator) -> tuple[Concept, ...]:
    return tuple(
        Concept(
            kind,
            code,
            code,
            ValueType.SEVERITY if kind is FindingKind.SYMPTOM else ValueType.FLAG,
        )
        for kind, code in simulator.population.findings
    )


def _truth(simulator: Simulator, batch: Batch) -> pl.DataFrame:
    chances = np.where(batch.withheld, np.nan, batch.chance)
    columns = {therapy.code: chances[:, k] for k, therapy in enumerate(simulator.therapies)}
    return pl.DataFrame(
        {"case": [str(n) for n in range(len(batch))], "usual_care": batch.usual_care, **columns}
    )
