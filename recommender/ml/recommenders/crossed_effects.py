"""A logistic regression of findings × therapy in which related therapies share what they can.

Each column has a weight on the whole, one for a therapy's kind, one for its class, one for the
therapy itself and, where the therapy targets the finding, one for that. Most of them are nothing:
a mixture prior for each sort is learned with the weights (variational Bayes on a quadratic of the
log-likelihood, one column at a time), so that few large effects stand out of many small ones.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from recommender.ml.interactions import Floats, Ints
from recommender.ml.likelihood import Likelihood, Quadratic
from recommender.ml.mixture import Mixture
from recommender.ml.recommenders.base import Progress, Untuned
from recommender.ml.sample import Sample
from recommender.ml.table import Table

SORTS = ("kind", "class", "therapy")
SWEEPS = 8
LEVEL_VARIANCE = 9.0
"""Of the overall level, on the logit: next to free."""
AVERAGE_WORTH = 4
"""How many therapies' worth the spread expected of averages weighs."""
TARGET_MEAN_SPREAD, TARGET_SPREAD, TARGET_WORTH = 0.3, 0.05, 5
LARGEST_CURVATURE = 40_000_000
"""Numbers; with more columns than fit in, the most seldom filled ones are left out."""


@dataclass(frozen=True)
class CrossedEffects(Untuned):
    """`doubt`: how many weights the first shares of the mixtures are worth; more draws harder.

    `average_spread`: the standard deviation expected of how therapies as such differ. `rounds`:
    how often the quadratic is drawn anew; more than six change nothing that could be seen.
    """

    doubt: float = 100.0
    average_spread: float = 0.15
    rounds: int = 6

    def fit(self, sample: Sample, *, seed: int, progress: Progress) -> Table:
        """Learn the weights; nothing is drawn by chance, so the seed doesn't matter."""
        del seed
        columns = _most_filled(sample)
        likelihood = Likelihood(sample, columns)
        effects = _Effects(self, sample, columns)
        for number in range(self.rounds):
            quadratic = likelihood.near(effects.weights)
            for _ in range(SWEEPS):
                effects.sweep(quadratic, learning=number > 0)
            progress((number + 1) / self.rounds)
        weights = np.zeros((sample.cases.shape[1], sample.therapies))
        weights[columns] = effects.weights[:-1]
        return Table(effects.weights[-1] + likelihood.mean_level, weights)


@dataclass
class _Sort:
    """The effects of one sort: columns × members, of which each therapy takes part in some."""

    parts: Floats
    effects: Floats
    average_variance: float
    learns_average: bool
    mixture: Mixture = field(default_factory=Mixture.at_first)
    counts: Floats = field(default_factory=lambda: np.zeros(1))
    average_squares: float = 0.0

    @classmethod
    def of(cls, parts: Floats, columns: int, *, spread: float) -> "_Sort":
        """A sort whose members' averages are expected to differ by so much."""
        return cls(parts, np.zeros((columns, parts.shape[1])), spread**2, learns_average=True)

    def follow(self, column: int, precision: Floats, pull: Floats) -> Floats:
        """Set this column's effects by what the other effects leave; how each weight changed."""
        own = precision @ self.parts**2
        before = self.effects[column]
        found = self.mixture.posterior(own, pull @ self.parts + own * before)
        self.counts = self.counts + found.counts
        changed: Floats = self.parts @ (found.mean - before)
        self.effects[column] = found.mean
        return changed

    def follow_average(self, precision: Floats, pull: Floats) -> Floats:
        """The same for the constant, whose effects are how therapies differ as such."""
        own = precision @ self.parts**2
        before = self.effects[-1]
        variance = 1 / (own + 1 / self.average_variance)
        found = variance * (pull @ self.parts + own * before)
        self.average_squares = float((found**2 + variance).sum())
        changed: Floats = self.parts @ (found - before)
        self.effects[-1] = found
        return changed

    def learn(self, *, doubt: float, spread: float) -> None:
        """Let the prior follow the effects of one sweep."""
        self.mixture = self.mixture.after(self.counts, doubt=doubt)
        if self.learns_average:
            worth = self.parts.shape[1] + AVERAGE_WORTH
            self.average_variance = (self.average_squares + AVERAGE_WORTH * spread**2) / worth


class _Targets:
    """How much better a therapy does for what it targets: about the same whatever that is."""

    def __init__(self, targeted: Floats) -> None:
        """`targeted` is columns × therapies: which column speaks of a target of which therapy."""
        self._targeted = targeted
        self._any: NDArray[np.bool_] = np.any(targeted > 0, axis=1)
        self._effects = np.zeros(len(targeted))
        self._spent = np.zeros(len(targeted))
        self._mean, self._variance = 0.0, TARGET_SPREAD**2

    def follow(self, column: int, precision: Floats, pull: Floats) -> Floats:
        """Set one column's effect by what the other effects leave; how each weight changed."""
        own: Floats = self._targeted[column]
        if not self._any[column]:
            return own
        known = float(own @ precision)
        before = self._effects[column]
        spent = 1 / (known + 1 / self._variance)
        found = spent * (float(own @ pull) + known * before + self._mean / self._variance)
        self._effects[column], self._spent[column] = found, spent
        changed: Floats = own * (found - before)
        return changed

    def learn(self) -> None:
        """Let the mean and the spread follow the effects."""
        count = int(self._any.sum())
        if not count:
            return
        own, spent = self._effects[self._any], self._spent[self._any]
        worth = count / self._variance + 1 / TARGET_MEAN_SPREAD**2
        self._mean = float(own.sum()) / self._variance / worth
        squares = float(((own - self._mean) ** 2 + spent).sum()) + TARGET_WORTH * TARGET_SPREAD**2
        self._variance = squares / (count + TARGET_WORTH)


class _Effects:
    """All effects, and the weights that they add up to (columns and the constant × therapies)."""

    def __init__(self, parameters: CrossedEffects, sample: Sample, columns: Ints) -> None:
        self._parameters = parameters
        count = len(columns) + 1
        spread = parameters.average_spread
        everyone = _Sort.of(np.ones((sample.therapies, 1)), count, spread=LEVEL_VARIANCE**0.5)
        everyone.learns_average = False
        parts = [_members(sample, sort) for sort in SORTS]
        shared = [_Sort.of(one, count, spread=spread) for one in parts if one.shape[1]]
        self._sorts = [everyone, *shared]
        targets = sample.targets
        none = np.zeros((len(columns), sample.therapies))
        self._targets = _Targets(none if targets is None else targets[columns])
        self.weights = np.zeros((count, sample.therapies))

    def sweep(self, quadratic: Quadratic, *, learning: bool) -> None:
        """Pass over every column once; each follows all others as they stand."""
        for sort in self._sorts:
            sort.counts = np.zeros(1)
        precision = quadratic.precision
        last = len(self.weights) - 1
        for column in range(last):
            pull = self._pull(quadratic, column)
            pull -= self._changed(
                column, self._targets.follow(column, precision[column], pull), precision
            )
            for sort in self._sorts:
                changed = sort.follow(column, precision[column], pull)
                pull -= self._changed(column, changed, precision)
        pull = self._pull(quadratic, last)
        for sort in self._sorts:
            pull -= self._changed(last, sort.follow_average(precision[last], pull), precision)
        if learning:
            self._learn()

    def _learn(self) -> None:
        for sort in self._sorts:
            sort.learn(doubt=self._parameters.doubt, spread=self._parameters.average_spread)
        self._targets.learn()

    def _pull(self, quadratic: Quadratic, column: int) -> Floats:
        """Where the log-likelihood would have this column's weights go."""
        held = np.einsum("ki,ik->k", quadratic.curvature[:, column, :], self.weights)
        pull: Floats = quadratic.linear[column] - held
        return pull

    def _changed(self, column: int, by: Floats, precision: Floats) -> Floats:
        """Change the weights; what that takes off the pull."""
        self.weights[column] += by
        taken: Floats = precision[column] * by
        return taken


def _members(sample: Sample, sort: str) -> Floats:
    """Therapies × the members of a sort of trait."""
    chosen = [
        place for place, name in enumerate(sample.trait_names) if name.partition(":")[0] == sort
    ]
    parts: Floats = sample.traits[:, chosen].toarray()
    return parts


def _most_filled(sample: Sample) -> Ints:
    """The columns that are looked at, in order; all of them unless there are very many."""
    width = sample.cases.shape[1]
    most = int((LARGEST_CURVATURE / sample.therapies) ** 0.5) - 1
    filled = np.bincount(sample.cases.indices, minlength=width)
    chosen: Ints = np.sort(np.argsort(-filled, kind="stable")[:most])
    return chosen
