"""Rivals: the version beside its own parts and the baselines, all on cases they hadn't seen."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from recommender.ml.assembly import Assembly
from recommender.ml.crossfit import CrossFit
from recommender.ml.features import SMALLEST_CELL
from recommender.ml.interactions import Floats, Ints
from recommender.ml.recipes import Recipe
from recommender.ml.recommenders import RECOMMENDERS
from recommender.ml.shrinkage import logistic
from recommender.ml.table import Table, add

VERSION = "this version"
USUAL_THERAPY = "popularity"
INCUMBENT = "response-rate"
BASELINES = (USUAL_THERAPY, INCUMBENT, "finding-response-rate")


@dataclass(frozen=True)
class Rival:
    """One way to order therapies: its logits of the attempts and who it puts first."""

    name: str
    logits: Floats
    first: Ints
    place: Ints


def rivals(
    crossed: CrossFit, assembly: Assembly, recipe: Recipe, *, tell: Callable[[float], None]
) -> dict[str, Rival]:
    """The version, the recommenders of its recipe and the baselines, by name."""
    found = {VERSION: _version(crossed, assembly)}
    names = [*recipe.recommenders, *(one for one in BASELINES if one not in recipe.recommenders)]
    for number, name in enumerate(names):
        if name in recipe.recommenders:
            part = recipe.recommenders.index(name)
            tables = [_whole(crossed, part, fold) for fold in range(len(crossed.parts))]
        else:
            tables = [_train(crossed, name, fold) for fold in range(len(crossed.parts))]
        found[name] = _rival(name, crossed, tables)
        tell((number + 1) / len(names))
    return found


def _whole(crossed: CrossFit, place: int, fold: int) -> Table:
    parts = crossed.parts[fold][place]
    return add([(1.0, parts.prognosis), (1.0, parts.average), (1.0, parts.fit)])


def _train(crossed: CrossFit, name: str, fold: int) -> Table:
    training = crossed.sample.of_cases(crossed.fold != fold)
    return RECOMMENDERS[name]().fit(training, seed=0, progress=lambda _: None)


def _version(crossed: CrossFit, assembly: Assembly) -> Rival:
    evidence = assembly.evidence
    shown = evidence.tried >= SMALLEST_CELL
    first, place = _places(crossed, list(assembly.fold_tables), shown)
    return Rival(VERSION, assembly.seen, first, place)


def _rival(name: str, crossed: CrossFit, tables: list[Table]) -> Rival:
    first, place = _places(crossed, tables, np.ones(crossed.sample.therapies, np.bool_))
    logits = crossed.logits(tables)
    # The incumbent's logits are those of shrunken rates already.
    return Rival(name, logits if name == INCUMBENT else _calibrated(crossed, logits), first, place)


def _places(crossed: CrossFit, tables: list[Table], shown: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Each case's first place, and the place of what each attempt tried."""
    sample, own = crossed.sample, crossed.fold_of_attempts
    first = np.empty(sample.cases.shape[0], np.int32)
    place = np.empty(len(sample), np.int32)
    for number, table in enumerate(tables):
        cases = np.flatnonzero(crossed.fold == number)
        score = np.where(shown, table.logits(sample.cases[cases]), -np.inf)
        first[cases] = score.argmax(axis=1)
        attempts = np.flatnonzero(own == number)
        row = np.searchsorted(cases, sample.case[attempts])
        for chunk in np.array_split(np.arange(len(attempts)), 1 + len(attempts) // 50_000):
            of_case = score[row[chunk]]
            tried = np.take_along_axis(of_case, sample.therapy[attempts[chunk], None], axis=1)
            place[attempts[chunk]] = (of_case > tried).sum(axis=1) + 1
    return first, place


def _calibrated(crossed: CrossFit, score: Floats) -> Floats:
    """Give a score a level and a slope on the other folds, so that log-losses compare."""
    own, responded = crossed.fold_of_attempts, crossed.sample.responded
    found = np.empty(len(score))
    for number in range(len(crossed.parts)):
        level, slope = _line(score[own != number], responded[own != number])
        found[own == number] = level + slope * score[own == number]
    return found


def _line(score: Floats, responded: Floats) -> tuple[float, float]:
    sign = 2 * responded - 1

    def loss(line: Floats) -> tuple[float, Floats]:
        logits = line[0] + line[1] * score
        residual = logistic(logits) - responded
        value = np.logaddexp(0, -sign * logits).sum() + 0.5 * line[1] ** 2
        return float(value), np.array([residual.sum(), residual @ score + line[1]])

    found = minimize(loss, np.zeros(2), jac=True, method="L-BFGS-B", bounds=[(None, None), (0, 20)])
    return float(found.x[0]), float(found.x[1])
