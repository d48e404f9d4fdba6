"""Gradient-boosted trees on findings and therapy traits, read off as a table.

Trees see what no straight line does; what is served has to be explained without a remainder. So
the trees' logits for a part of the cases under every therapy are approximated, therapy by therapy,
by a ridge regression on the columns, and that is judged and served.
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from sklearn.ensemble import HistGradientBoostingClassifier

from recommender.ml.interactions import Floats, Ints
from recommender.ml.recommenders.base import Progress, Untuned
from recommender.ml.sample import Sample
from recommender.ml.table import Table

MOST_ATTEMPTS = 100_000
"""Trees gain little from more, and would take as long as everything else."""
CASES_READ_OFF = 3_000
RIDGE = 1.0
READ_AT_ONCE = 500
LEARNED = 0.7
"""The share of the time that learning takes, reading off the rest."""


@dataclass(frozen=True)
class BoostedTrees(Untuned):
    """scikit-learn's histogram trees; how many is decided on a tenth of the attempts."""

    learning_rate: float = 0.08
    leaves: int = 15
    rounds: int = 200

    def fit(self, sample: Sample, *, seed: int, progress: Progress) -> Table:
        """Grow the trees and read them off."""
        draw = np.random.default_rng(seed)
        chosen = np.sort(draw.permutation(len(sample))[:MOST_ATTEMPTS])
        traits = sample.traits.toarray()
        trees = HistGradientBoostingClassifier(
            learning_rate=self.learning_rate,
            max_leaf_nodes=int(self.leaves),
            max_iter=int(self.rounds),
            min_samples_leaf=20,
            l2_regularization=1.0,
            early_stopping=True,
            validation_fraction=0.1,
            random_state=seed,
        )
        trees.fit(
            _rows(sample, sample.case[chosen], sample.therapy[chosen], traits),
            sample.responded[chosen],
        )
        progress(LEARNED)
        cases = np.sort(draw.permutation(sample.cases.shape[0])[:CASES_READ_OFF])
        logits = self._read_off(trees, sample, cases, traits)
        progress(1.0)
        return _as_table(sample.cases[cases], logits)

    @staticmethod
    def _read_off(
        trees: HistGradientBoostingClassifier, sample: Sample, cases: Ints, traits: Floats
    ) -> Floats:
        """The trees' logits, cases by therapies."""
        every = np.arange(sample.therapies)
        parts = []
        for some in np.array_split(cases, 1 + len(cases) // READ_AT_ONCE):
            case = np.repeat(some, len(every))
            rows = _rows(sample, case, np.tile(every, len(some)), traits)
            parts.append(trees.decision_function(rows).reshape(len(some), -1))
        return np.concatenate(parts)


def _rows(sample: Sample, case: Ints, therapy: Ints, traits: Floats) -> Floats:
    """What the trees see of attempts: the case's columns and the therapy's traits."""
    rows: Floats = np.hstack([sample.cases[case].toarray(), traits[therapy]])
    return rows


def _as_table(cases: sp.csr_array, logits: Floats) -> Table:
    """The weights by which the columns come nearest to these logits."""
    dense = cases.toarray()
    middle, level = dense.mean(axis=0), logits.mean(axis=0)
    beyond = dense - middle
    squares = beyond.T @ beyond + RIDGE * np.eye(beyond.shape[1])
    weights: Floats = np.linalg.solve(squares, beyond.T @ (logits - level))
    return Table(level - middle @ weights, weights)
