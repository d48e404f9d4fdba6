"""A prior of many small weights and few large ones, learned from the weights themselves.

Each weight is drawn from one of several normal distributions around nothing, from a spike to
wide; how often from which is found by empirical Bayes. Where few weights matter, the rest is
drawn to nothing; where all matter a little, it comes down to a ridge. After the adaptive shrinkage
of Stephens (Biostatistics 2017) and its regression of Kim et al. (JMLR 2024), in a form of our own.
"""

from dataclasses import dataclass

import numpy as np

from recommender.ml.interactions import Floats

SPREADS = np.array([0.0, 0.03, 0.06, 0.12, 0.25, 0.5, 1.0])
"""Standard deviations on the logit; the first says that a weight is nothing."""
NOTHING_AT_FIRST = 0.5


@dataclass(frozen=True)
class Posterior:
    """What is held of some weights: their mean, and how much each spread explains of them all."""

    mean: Floats
    counts: Floats


@dataclass(frozen=True)
class Mixture:
    """How often a weight has which of the spreads."""

    shares: Floats

    @classmethod
    def at_first(cls) -> "Mixture":
        """What is held before any data: half of the weights are nothing."""
        wide = len(SPREADS) - 1
        return cls(np.array([NOTHING_AT_FIRST, *([(1 - NOTHING_AT_FIRST) / wide] * wide)]))

    def posterior(self, precision: Floats, pull: Floats) -> Posterior:
        """Of weights w with log-likelihood `pull · w − ½ precision · w²`, an entry each."""
        variance = SPREADS[:, None] ** 2
        narrowed = variance / (1 + precision * variance)
        mean = narrowed * pull
        score = np.log(self.shares)[:, None] - 0.5 * np.log1p(precision * variance)
        score += 0.5 * mean * pull
        weight = np.exp(score - score.max(axis=0))
        weight /= weight.sum(axis=0)
        return Posterior((weight * mean).sum(axis=0), weight.sum(axis=1))

    def after(self, counts: Floats, *, doubt: float) -> "Mixture":
        """The shares that so many weights bear out; `doubt` is what the first shares weigh."""
        together = counts + doubt * Mixture.at_first().shares
        return Mixture(together / together.sum())
