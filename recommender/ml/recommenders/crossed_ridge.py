"""A ridge logistic regression of findings × therapy whose therapies share what they can.

Each column has a weight on the whole, one for each trait of a therapy (its kind, its class, its
attributes) and one for the therapy itself; the penalties say how far each is drawn to nothing.
Related therapies so lend each other strength, and one with few attempts follows its relatives.
"""

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from scipy.optimize import minimize

from recommender.ml.interactions import Floats
from recommender.ml.recommenders.base import Progress, Recommender
from recommender.ml.sample import Sample
from recommender.ml.shrinkage import logistic
from recommender.ml.splits import held_out
from recommender.ml.table import Table

FIT_SPREADS = (0.03, 0.06, 0.1, 0.17, 0.3, 0.6)
PROGNOSIS_SPREADS = (0.15, 0.4)
MOST_STEPS = 300
CLOSE_ENOUGH = 1e-9
"""Of the loss, from one step to the next; at 1e-7 it stopped far from the minimum."""
SMALLEST_LENGTH = 1e-6


@dataclass(frozen=True)
class CrossedRidge:
    """Spreads are the standard deviations expected of the weights, chosen on held-out cases.

    `prognosis_spread`: of a column's weight on the whole; `fit_spread`: of its difference for a
    kind, for a class, for what a therapy targets, and for a therapy itself, each; `average_spread`:
    of these four for therapies as such.
    """

    prognosis_spread: float | None = None
    fit_spread: float | None = None
    average_spread: float = 0.15

    def tuned(self, sample: Sample, *, seed: int, progress: Progress) -> Recommender:
        """Try spreads from small to large, until it gets worse, each fit starting from the last."""
        if self.prognosis_spread is not None and self.fit_spread is not None:
            return self
        outside = held_out(sample, share=0.2, seed=seed)
        inside, judge = sample.where(~outside), sample.where(outside)
        sign = np.where(judge.responded > 0, 1.0, -1.0)
        tried: list[tuple[float, CrossedRidge]] = []
        walks = self._walks()
        for number, walk in enumerate(walks):
            start, before = None, np.inf
            for place, candidate in enumerate(walk):
                problem = _Problem(candidate, inside)
                start = problem.solve(start)
                logits = problem.table(start).logits_of(judge.rows, judge.therapy)
                loss = float(np.logaddexp(0, -sign * logits).mean())
                tried.append((loss, candidate))
                progress((number + (place + 1) / len(walk)) / len(walks))
                if loss > before:
                    break
                before = loss
        return min(tried, key=lambda pair: pair[0])[1]

    def fit(self, sample: Sample, *, seed: int, progress: Progress) -> Table:
        """Minimise the penalised log-loss; it has one minimum, so the seed doesn't matter."""
        if self.prognosis_spread is None or self.fit_spread is None:
            tuned = self.tuned(sample, seed=seed, progress=progress)
            return tuned.fit(sample, seed=seed, progress=progress)
        problem = _Problem(self, sample, progress)
        return problem.table(problem.solve(None))

    def _walks(self) -> list[list["CrossedRidge"]]:
        """For each spread of the prognosis, those of the fit in order."""
        prognoses = (self.prognosis_spread,) if self.prognosis_spread else PROGNOSIS_SPREADS
        fits = (self.fit_spread,) if self.fit_spread else FIT_SPREADS
        return [
            [replace(self, prognosis_spread=prognosis, fit_spread=fit) for fit in fits]
            for prognosis in prognoses
        ]


class _Problem:
    """The penalised log-loss over whitened weights, in which every penalty is the same."""

    def __init__(
        self, parameters: CrossedRidge, sample: Sample, progress: Progress = lambda _: None
    ) -> None:
        order = np.argsort(sample.therapy, kind="stable")
        self._sample = sample.where(order)
        self._bounds = np.searchsorted(
            self._sample.therapy, np.arange(sample.therapies + 1)
        ).tolist()
        self._rows = self._sample.rows
        self._blocks = [
            self._rows[start:stop]
            for start, stop in zip(self._bounds, self._bounds[1:], strict=False)
        ]
        self._columns = [block.T.tocsr() for block in self._blocks]
        self._progress = progress
        self._steps = 0
        traits = _kernel_root(sample.traits, sample.trait_names)
        ones = np.ones((sample.therapies, 1))
        self._on_weights = np.hstack(
            [ones * (parameters.prognosis_spread or 0), traits * (parameters.fit_spread or 0)]
        )
        self._on_average = np.hstack([ones * 3.0, traits * parameters.average_spread])
        self._width = sample.cases.shape[1]
        self._shape = (self._width, self._on_weights.shape[1])
        self._site_scale = 1.0 if sample.sites > 1 else 0.0

    def solve(self, start: Floats | None) -> Floats:
        """The minimum, from a start if there is one."""
        size = self._shape[0] * self._shape[1] + self._shape[1] + self._sample.sites
        found = minimize(
            self._loss,
            np.zeros(size) if start is None else start,
            jac=True,
            method="L-BFGS-B",
            callback=self._tell,
            options={"maxiter": MOST_STEPS, "maxcor": 8, "ftol": CLOSE_ENOUGH},
        )
        solution: Floats = found.x
        return solution

    def table(self, solution: Floats) -> Table:
        """The weights of a solution; the mean of the sites joins the intercept."""
        weights, average, sites = self._parts(solution)
        mean = float((sites * self._site_scale)[self._sample.site].mean())
        return Table(self._on_average @ average + mean, weights @ self._on_weights.T)

    def _parts(self, solution: Floats) -> tuple[Floats, Floats, Floats]:
        cut = self._shape[0] * self._shape[1]
        weights = solution[:cut].reshape(self._shape)
        return weights, solution[cut : cut + self._shape[1]], solution[cut + self._shape[1] :]

    def _loss(self, solution: Floats) -> tuple[float, Floats]:
        weights, average, sites = self._parts(solution)
        dense = weights @ self._on_weights.T
        intercept = self._on_average @ average
        logits = np.concatenate(
            [block @ dense[:, k] + intercept[k] for k, block in enumerate(self._blocks)]
        )
        logits += (sites * self._site_scale)[self._sample.site]
        sign = 2 * self._sample.responded - 1
        loss = float(np.logaddexp(0, -sign * logits).sum()) + 0.5 * float(solution @ solution)
        residual = logistic(logits) - self._sample.responded
        return loss, self._gradient(solution, residual)

    def _gradient(self, solution: Floats, residual: Floats) -> Floats:
        of_weights = np.empty((self._width, len(self._blocks)))
        of_average = np.empty(len(self._blocks))
        for k, columns in enumerate(self._columns):
            own = residual[self._bounds[k] : self._bounds[k + 1]]
            of_weights[:, k] = columns @ own
            of_average[k] = own.sum()
        of_sites = np.bincount(self._sample.site, residual, self._sample.sites) * self._site_scale
        gradient = np.concatenate(
            [(of_weights @ self._on_weights).ravel(), of_average @ self._on_average, of_sites]
        )
        return gradient + solution

    def _tell(self, _: Floats) -> None:
        self._steps += 1
        self._progress(min(self._steps / MOST_STEPS, 1.0))


def _kernel_root(traits: sp.csr_array, names: tuple[str, ...]) -> Floats:
    """How far therapies are related, as the shortest vectors that say it: therapies × rank.

    Traits of one sort count together as one, so that many targets weigh no more than a class. Many
    traits are alike for the same therapies, so there are more of them than therapies can differ in.
    """
    dense: Floats = traits.toarray()
    sorts = np.array([name.partition(":")[0] for name in names])
    for sort in np.unique(sorts):
        own = dense[:, sorts == sort]
        dense[:, sorts == sort] = own / np.sqrt(np.maximum(own.sum(axis=1, keepdims=True), 1.0))
    vectors, lengths, _ = np.linalg.svd(dense, full_matrices=False)
    kept = lengths > SMALLEST_LENGTH * lengths.max()
    root: Floats = vectors[:, kept] * lengths[kept]
    return root
