"""Successive halving: which candidates meet beside a base recipe, on how much data, and who wins.

Many candidates meet on a small share of the cases, the best third of them on three times as many,
until the last few meet on all. Every rung is judged on cases that no earlier rung was judged on, so
that a candidate that was lucky once is not chosen for the same luck again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, log2
from typing import Any

import numpy as np

from recommender.exceptions import BadInput
from recommender.ml.bootstrap import LEVEL, NOTICEABLE, Interval
from recommender.ml.interactions import Floats
from recommender.ml.recipes import Recipe
from recommender.ml.search_space import axes

DEFAULT_TRIALS = 18
FEWEST_TRIALS, MOST_TRIALS = 2, 200
ONE_IN = 3
"""Of the candidates of a rung, one in so many goes on, to so many times the cases."""
FEWEST_CASES = 200
"""Of a rung: with fewer, chance alone would choose who goes on, and all of them cost little."""
FEWEST_FINALISTS = 2
ROUNDS = 1_000
PRIMES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29)
DIGITS = 54
"""Binary ones of a place, beyond which a float holds no more."""


@dataclass(frozen=True, slots=True)
class Rung:
    """A round: how many candidates meet, on which share of the cases, and the share before it."""

    candidates: int
    share: Fraction
    before: Fraction

    @property
    def cost(self) -> float:
        """What it takes beside the other rungs: every trial goes through its share of the cases."""
        return (self.candidates + 1) * float(self.share)


@dataclass(frozen=True)
class Judged:
    """How well one recipe forecast cases it hadn't seen; losses are summed by cluster of cases."""

    cases: int
    attempts: int
    log_loss: float
    losses: Floats
    sizes: Floats

    def to_json(self) -> dict[str, list[float]]:
        """What two recipes are compared by."""
        return {"losses": np.round(self.losses, 6).tolist(), "sizes": self.sizes.tolist()}


def rungs(*, cases: int, trials: int) -> tuple[Rung, ...]:
    """The rounds of a search: as many as leave enough cases below and a choice at the top."""
    steps = 0
    while trials >= FEWEST_FINALISTS * ONE_IN ** (steps + 1) and cases >= FEWEST_CASES * ONE_IN ** (
        steps + 1
    ):
        steps += 1
    shares = [
        Fraction(0),
        *(Fraction(1, ONE_IN ** (steps - number)) for number in range(steps + 1)),
    ]
    return tuple(
        Rung(ceil(trials / ONE_IN**number), shares[number + 1], shares[number])
        for number in range(steps + 1)
    )


def candidates(base: Recipe, *, trials: int, seed: int) -> tuple[Recipe, ...]:
    """The base with other parameters, spread evenly over what there is to search.

    A seed's first candidates are the same however many are asked for.
    """
    if not FEWEST_TRIALS <= trials <= MOST_TRIALS:
        raise BadInput(f"Ask for between {FEWEST_TRIALS} and {MOST_TRIALS} trials.", field="trials")
    searched = axes(base.recommenders)
    if not searched:
        raise BadInput(
            f"The recipe {base.name} has no parameter to search: none of its recommenders "
            f"({', '.join(base.recommenders)}) has one. Choose another.",
            field="recipe",
        )
    places = spread(trials, axes=len(searched), seed=seed)
    return tuple(_with(base, searched, place.tolist()) for place in places)


def spread(count: int, *, axes: int, seed: int) -> Floats:
    """Places between 0 and 1 that leave no large gap on any axis: Owen's randomised Halton points.

    SciPy's own take a second to load, and everyone who may ask for a search loads this module.
    """
    draw = np.random.default_rng(seed)
    places = np.zeros((count, axes))
    for axis, base in enumerate(PRIMES[:axes]):
        rest, scale = np.arange(count), 1 / base
        for _ in range(ceil(DIGITS / log2(base)) - 1):
            digits = np.arange(base)
            draw.shuffle(digits)
            places[:, axis] += digits[rest % base] * scale
            rest, scale = rest // base, scale / base
    return places


def _with(base: Recipe, searched: tuple[tuple[str, str, Any], ...], place: list[float]) -> Recipe:
    parameters: dict[str, dict[str, float]] = {
        name: dict(given) for name, given in base.parameters.items()
    }
    for (recommender, parameter, axis), at in zip(searched, place, strict=True):
        parameters.setdefault(recommender, {})[parameter] = axis.at(at)
    return replace(base, parameters=parameters)


def best(losses: Mapping[int, float], *, among: int) -> tuple[int, ...]:
    """The numbers with the lowest log-loss; of equals the one that was drawn first."""
    return tuple(sorted(losses, key=lambda number: (losses[number], number))[:among])


def gains(base: Judged, others: Sequence[Judged], *, seed: int) -> tuple[Interval, ...]:
    """How much log-loss an attempt each saves beside the base, paired.

    The bounds hold for all of them together (the bootstrap of the largest deviation): of many that
    are no better than the base, the best looks better by chance alone.
    """
    saved = np.column_stack([base.losses - other.losses for other in others])
    sizes = base.sizes
    value = saved.sum(axis=0) / sizes.sum()
    beyond = saved - np.outer(sizes, value)
    draw = np.random.default_rng(seed)
    count = len(sizes)
    drawn = draw.multinomial(count, np.full(count, 1 / count), size=ROUNDS).astype(float)
    away = (drawn @ beyond) / np.maximum(drawn @ sizes, 1.0)[:, None]
    spread = away.std(axis=0)
    scaled = np.divide(away, spread, out=np.zeros_like(away), where=spread > 0)
    tail = (1 - LEVEL) / 2
    above = float(np.quantile(scaled.max(axis=1), 1 - tail))
    below = float(np.quantile(scaled.min(axis=1), tail))
    return tuple(
        Interval(float(one), float(one - above * wide), float(one - below * wide))
        for one, wide in zip(value, spread, strict=True)
    )


def winner(found: Mapping[int, Interval]) -> int | None:
    """The number that saves most of those that are better beyond chance; None: the base stays."""
    better = {number: gain for number, gain in found.items() if gain.lower > NOTICEABLE}
    return max(better, key=lambda number: better[number].value, default=None)
