"""Shrinkage: how far a rate of few cases is drawn to what others show (empirical Bayes)."""

from dataclasses import dataclass

import numpy as np

from recommender.ml.interactions import Floats

WEAKEST_PRIOR = 2.0
STRONGEST_PRIOR = 1000.0
SMALLEST_VARIANCE = 1e-3


def prior_strength(responders: Floats, n: Floats, expected: Floats) -> float:
    """How many cases a prior is worth, so that the rates' spread beyond chance is explained.

    Moments of a beta-binomial: the weighted variance of the rates around what was expected of
    them, less what chance alone gives.
    """
    chosen = n > 0
    if chosen.sum() < 2:
        return STRONGEST_PRIOR
    n, rate, expected = n[chosen], responders[chosen] / n[chosen], expected[chosen]
    chance = expected * (1 - expected)
    # Each group's squared deviation less its sampling variance, weighted by what it can tell.
    excess = float(((rate - expected) ** 2 * n - chance).sum())
    scale = float((chance * (n - 1)).sum())
    if excess <= 0 or scale <= 0:
        return STRONGEST_PRIOR
    correlation = min(excess / scale, 1.0)
    return float(np.clip(1 / correlation - 1, WEAKEST_PRIOR, STRONGEST_PRIOR))


@dataclass(frozen=True, slots=True)
class Correlation:
    """What is held of how far rates differ beyond chance, before data are seen.

    As the correlation of two cases of one group: a prior of `1 / correlation` cases' worth.
    """

    expected: float
    doubt: float
    least: float

    def after(self, beyond: Floats, variance: Floats) -> float:
        """The same after estimates with these variances, each of one group."""
        weight, belief = 1 / variance, 1 / self.doubt**2
        found = float((beyond * weight).sum() + self.expected * belief)
        return max(found / float(weight.sum() + belief), self.least)

    def after_rates(self, responders: Floats, n: Floats, expected: Floats) -> float:
        """The same after `responders` of `n` in each group, beside the share that was expected."""
        shown = n > 0
        n, rate, expected = n[shown], responders[shown] / n[shown], expected[shown]
        chance = np.maximum(expected * (1 - expected), SMALLEST_VARIANCE)
        beyond = (rate - expected) ** 2 / chance - 1 / n
        return self.after(beyond, 2 * (1 / n + self.expected) ** 2)


def shrunken_rate(
    responders: Floats, n: Floats, expected: Floats, strength: float | Floats
) -> Floats:
    """Rates drawn to what was expected, the more the fewer cases there are."""
    return (responders + strength * expected) / (n + strength)


def logit(rate: Floats) -> Floats:
    """Log odds, finite for every rate."""
    inside = np.clip(rate, 1e-6, 1 - 1e-6)
    odds: Floats = np.log(inside / (1 - inside))
    return odds


def logistic(value: Floats) -> Floats:
    """The probability of these log odds."""
    share: Floats = 0.5 * (1 + np.tanh(0.5 * value))
    return share
