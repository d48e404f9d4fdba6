"""Policy value: what following an order would lead to, beside another order, on logged attempts.

Doubly robust, self-normalised and cross-fitted, and only ever as a paired difference: every level
found this way is too high (docs/evaluation.md).
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.ml.assembly import Assembly
from recommender.ml.bootstrap import Interval, Resampling
from recommender.ml.crossfit import CrossFit
from recommender.ml.interactions import Floats, Ints
from recommender.ml.propensity import log_likelihoods, of_given, propensities, shares
from recommender.ml.rivals import INCUMBENT, VERSION, Rival
from recommender.ml.shrinkage import logistic

SMALLEST_PROPENSITY = 0.01
"""A therapy given more rarely to cases like this one counts as given this often."""
FEWEST_EFFECTIVE = 100

Truths = NDArray[np.bool_]


@dataclass(frozen=True)
class Logged:
    """First attempts by folds that never saw their case: an entry a case.

    `expected` and `propensity` are cases by therapies: how likely each would help, and be given.
    `share` is how often the therapy that was given is given, whatever the case.
    """

    case: Ints
    therapy: Ints
    responded: Floats
    expected: Floats
    propensity: Floats
    share: Floats

    @property
    def seen(self) -> Floats:
        """How likely what was given was to be given."""
        return of_given(self.propensity, self.therapy)


@dataclass(frozen=True)
class Followed:
    """One order's part in the estimate: what is expected of its first places, and the weights."""

    expected: Floats
    surplus: Floats
    weight: Floats

    @property
    def effective(self) -> float:
        """How many attempts of equal weight would tell as much."""
        squares = float((self.weight**2).sum())
        return float(self.weight.sum()) ** 2 / squares if squares else 0.0

    def value(self, drawn: Floats) -> float:
        """The doubly robust level under a draw of cases; for differences only."""
        weight = drawn * self.weight
        total = float(weight.sum())
        correction = float(weight @ self.surplus) / total if total else 0.0
        return float(np.average(self.expected, weights=drawn)) + correction


def paired_values(
    crossed: CrossFit,
    assembly: Assembly,
    everyone: dict[str, Rival],
    first_tries: Truths,
    *,
    seed: int,
) -> dict[str, Any]:
    """The version against the incumbent, with what the estimate rests on.

    Only the incumbent: what both put first was given for much the same unrecorded reasons, which
    cancel out in part. Against the usual therapy estimates were twice the truth.
    """
    logged = _logged(crossed, assembly, np.flatnonzero(first_tries), seed=seed)
    draws = Resampling.of_cases(logged.case, seed=seed)
    followed = {
        name: _followed(logged, everyone[name].first[logged.case]) for name in (VERSION, INCUMBENT)
    }
    first = everyone[VERSION].first[logged.case]
    own = logged.propensity[np.arange(len(first)), first]
    return {
        "first_tries": len(logged.case),
        "overlap": float((own >= SMALLEST_PROPENSITY).mean()),
        "clipped": float((logged.seen < SMALLEST_PROPENSITY).mean()),
        "propensity_gain": _propensity_gain(logged),
        "fewest_effective": FEWEST_EFFECTIVE,
        "same_first": float((first == everyone[INCUMBENT].first[logged.case]).mean()),
        **_compared(followed[VERSION], followed[INCUMBENT], draws),
    }


def _compared(mine: Followed, other: Followed, draws: Resampling) -> dict[str, Any]:
    found: dict[str, Any] = {"effective": min(mine.effective, other.effective)}
    if found["effective"] < FEWEST_EFFECTIVE:
        return found
    difference = draws.interval(partial(_difference, mine, other))
    level = other.value(np.ones(len(other.weight)))
    return {
        **found,
        "difference": difference.to_json(),
        "e_value": {
            "value": e_value(level, difference.value),
            "at_the_nearer_end": e_value(level, _nearer_to_nothing(difference)),
        },
    }


def _difference(mine: Followed, other: Followed, drawn: Floats) -> float:
    return mine.value(drawn) - other.value(drawn)


def _nearer_to_nothing(given: Interval) -> float:
    """The end of an interval that is nearer to no difference; 0 when it holds none."""
    if given.lower <= 0 <= given.upper:
        return 0.0
    return given.lower if given.lower > 0 else given.upper


def e_value(level: float, difference: float) -> float:
    """How strongly an unrecorded reason must go with both choice and response to explain it all.

    As a risk ratio with each of them (VanderWeele and Ding 2017); 1: nothing is needed.
    """
    other = level + difference
    if level <= 0 or other <= 0:
        return 1.0
    ratio = max(other / level, level / other)
    return float(ratio + np.sqrt(ratio * (ratio - 1)))


def _logged(crossed: CrossFit, assembly: Assembly, chosen: Ints, *, seed: int) -> Logged:
    tries = crossed.sample.where(chosen)
    fold = crossed.fold[tries.case]
    expected = np.empty((len(tries), tries.therapies))
    propensity = np.empty((len(tries), tries.therapies))
    share = np.empty(len(tries))
    for number, table in enumerate(assembly.fold_tables):
        own = fold == number
        if not own.any():
            continue
        expected[own] = logistic(table.logits(tries.rows[np.flatnonzero(own)]))
        others = tries.where(~own)
        propensity[own] = propensities(others, tries.where(own), seed=seed)
        share[own] = shares(others)[tries.therapy[own]]
    return Logged(tries.case, tries.therapy, tries.responded, expected, propensity, share)


def _followed(logged: Logged, first: Ints) -> Followed:
    number = np.arange(len(logged.case))
    follows = first == logged.therapy
    weight = follows / np.maximum(logged.seen, SMALLEST_PROPENSITY)
    surplus = logged.responded - logged.expected[number, logged.therapy]
    return Followed(logged.expected[number, first], surplus, weight)


def _propensity_gain(logged: Logged) -> float:
    """How much better choices are foretold by the case and its site than by shares alone.

    Neither has seen the case; what nobody in the other folds was given is as unlikely to both.
    """
    gained = log_likelihoods(logged.seen) - log_likelihoods(logged.share)
    return float(gained.mean())
