"""Bootstrap intervals that resample cases, so that a case's attempts stay together."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from recommender.ml.interactions import Floats, Ints

LEVEL = 0.9
ROUNDS = 200
FEWEST_PASSES = 50
MOST_PASSED = 20_000_000
"""Attempts, over all rounds: with so many an interval is narrow, and fewer draws tell its ends."""
MOST_CLUSTERS = 5_000
NOTICEABLE = 5e-5
"""Log-loss an attempt; a gain below this is nothing, however sure."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its 90 % interval."""

    value: float
    lower: float
    upper: float

    def to_json(self) -> dict[str, float | None]:
        """The interval as it is stored; what can't be told from the data is null."""
        given = {"value": self.value, "lower": self.lower, "upper": self.upper}
        return {name: None if np.isnan(one) else one for name, one in given.items()}


@dataclass(frozen=True)
class Resampling:
    """Weights of attempts, round by round; many cases are resampled in clusters of cases."""

    cluster: Ints
    seed: int
    rounds: int = ROUNDS

    @classmethod
    def of_cases(cls, case: Ints, *, seed: int) -> "Resampling":
        """Resample these attempts' cases."""
        _, number = np.unique(case, return_inverse=True)
        return cls((number % MOST_CLUSTERS).astype(np.int32), seed)

    @property
    def passes(self) -> int:
        """How many rounds there are for an estimate that passes over all attempts in each."""
        return min(self.rounds, max(MOST_PASSED // len(self.cluster), FEWEST_PASSES))

    def weights(self) -> Iterator[Floats]:
        """How often each attempt is drawn, for each round; the same rounds every time."""
        draw = np.random.default_rng(self.seed)
        count = int(self.cluster.max()) + 1
        even = np.full(count, 1 / count)
        for _ in range(self.passes):
            yield draw.multinomial(count, even)[self.cluster].astype(float)

    def interval(self, estimate: Callable[[Floats], float]) -> Interval:
        """The interval of an estimate that takes attempts' weights."""
        drawn = np.array([estimate(weights) for weights in self.weights()])
        drawn = drawn[~np.isnan(drawn)]
        if not len(drawn):
            return Interval(np.nan, np.nan, np.nan)
        tail = (1 - LEVEL) / 2
        lower, upper = np.quantile(drawn, [tail, 1 - tail])
        return Interval(estimate(np.ones(len(self.cluster))), float(lower), float(upper))

    def interval_of_mean(self, values: Floats) -> Interval:
        """The interval of a mean over attempts; sums a cluster make it cheap."""
        count = int(self.cluster.max()) + 1
        total = np.bincount(self.cluster, values, count)
        size = np.bincount(self.cluster, minlength=count).astype(float)
        draw = np.random.default_rng(self.seed)
        drawn = draw.multinomial(count, np.full(count, 1 / count), size=self.rounds)
        means = (drawn @ total) / np.maximum(drawn @ size, 1e-12)
        tail = (1 - LEVEL) / 2
        lower, upper = np.quantile(means, [tail, 1 - tail])
        return Interval(float(values.mean()), float(lower), float(upper))
