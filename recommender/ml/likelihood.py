"""The log-likelihood of attempts as a quadratic in the weights of each therapy's columns.

All that a regression needs of the attempts is then a small matrix a therapy: the attempts are
passed over a few times, however many steps the regression takes.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy.sparse as sp

from recommender.ml.interactions import Floats, Ints
from recommender.ml.sample import Sample
from recommender.ml.shrinkage import logistic

SMALLEST_VARIANCE = 1e-4


@dataclass(frozen=True)
class Quadratic:
    """Near some weights W, the log-likelihood is `Σ linear · W − ½ Σ Wₖ' curvatureₖ Wₖ`.

    `linear` is columns × therapies, `curvature` therapies × columns × columns; the last column is
    the constant.
    """

    linear: Floats
    curvature: Floats

    @property
    def precision(self) -> Floats:
        """Columns × therapies: how much is known of each weight alone."""
        own: Floats = np.diagonal(self.curvature, axis1=1, axis2=2).T.copy()
        return own


class Likelihood:
    """Attempts by therapy, each site at a level of its own."""

    def __init__(self, sample: Sample, columns: Ints) -> None:
        """Look at some of the sample's columns."""
        order = np.argsort(sample.therapy, kind="stable")
        self._site, self._sites = sample.site[order], sample.sites
        self._responded = sample.responded[order]
        bounds = np.searchsorted(sample.therapy[order], np.arange(sample.therapies + 1)).tolist()
        self._spans = [slice(*pair) for pair in pairwise(bounds)]
        cases, case = sample.cases[:, columns], sample.case[order]
        self._blocks = [_with_constant(cases[case[span]]) for span in self._spans]
        self._level = np.zeros(self._sites)

    @property
    def mean_level(self) -> float:
        """The level of the sites on the whole; a served case has no site."""
        return float(self._level[self._site].mean())

    def near(self, weights: Floats) -> Quadratic:
        """The quadratic near these weights, after the sites' levels have followed them."""
        logits = np.concatenate([one @ weights[:, k] for k, one in enumerate(self._blocks)])
        residual, variance = self._at(logits)
        if self._sites > 1:
            self._level += self._step_of_levels(residual, variance)
            residual, variance = self._at(logits)
        columns = weights.shape[0]
        gradient = np.empty_like(weights)
        curvature = np.empty((len(self._blocks), columns, columns))
        for k, (span, block) in enumerate(zip(self._spans, self._blocks, strict=True)):
            across = block.T.tocsr()
            gradient[:, k] = across @ residual[span]
            weighted = sp.diags_array(variance[span]) @ block
            curvature[k] = (across @ weighted).toarray()
        linear = gradient + np.einsum("kij,jk->ik", curvature, weights, optimize=True)
        return Quadratic(linear, curvature)

    def _at(self, logits: Floats) -> tuple[Floats, Floats]:
        chance = logistic(logits + self._level[self._site])
        return self._responded - chance, np.maximum(chance * (1 - chance), SMALLEST_VARIANCE)

    def _step_of_levels(self, residual: Floats, variance: Floats) -> Floats:
        """One Newton step, levels drawn to nothing by a standard normal."""
        slope = np.bincount(self._site, residual, self._sites) - self._level
        step: Floats = slope / (np.bincount(self._site, variance, self._sites) + 1)
        return step


def _with_constant(rows: sp.csr_array) -> sp.csr_array:
    """The rows with a last column of ones."""
    return sp.hstack([rows, sp.csr_array(np.ones((rows.shape[0], 1)))], format="csr")
