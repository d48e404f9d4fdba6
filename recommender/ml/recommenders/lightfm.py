"""LightFM: cases and therapies as points in one space; the recommender the product is built on.

The logistic loss on +1 responded / -1 did not, one row an attempt, with case and therapy
features. Never a ranking loss on successes: that learns what is common, not what helps.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from lightfm import LightFM as Library

from recommender.ml.recommenders.base import Progress, Recommender
from recommender.ml.sample import Sample
from recommender.ml.splits import held_out
from recommender.ml.table import Table

LEARNING_RATE = 0.02
PATIENCE = 3
MOST_EPOCHS = 80
ASSUMED_EPOCHS = 20

# (attempts up to, sizes and penalties to try); more data can carry a larger model, which of
# these it carries is decided on held-out cases.
CANDIDATES: tuple[tuple[float, tuple[tuple[int, float], ...]], ...] = (
    (5_000, ((8, 1e-2), (16, 3e-3), (32, 1e-3))),
    (50_000, ((16, 3e-3), (32, 1e-3))),
    (300_000, ((32, 1e-3),)),
    (np.inf, ((32, 1e-3), (64, 3e-4))),
)


@dataclass(frozen=True)
class LightFM:
    """Size, penalty and epochs are chosen on held-out cases unless they are given."""

    size: int | None = None
    penalty: float | None = None
    epochs: int | None = None

    def tuned(self, sample: Sample, *, seed: int, progress: Progress) -> Recommender:
        """Try each size with early stopping; keep the one with the best held-out log-loss."""
        if self.size is not None and self.penalty is not None and self.epochs is not None:
            return self
        outside = held_out(sample, share=0.2, seed=seed)
        inside, judge = sample.where(~outside), sample.where(outside)
        tried = []
        candidates = self._candidates(len(sample))
        for number, candidate in enumerate(candidates):
            curve = _losses(candidate, inside, judge, seed=seed)
            losses = []
            for loss in curve:
                losses.append(loss)
                done = min(len(losses) / ASSUMED_EPOCHS, 1.0)
                progress((number + done) / len(candidates))
            best = int(np.argmin(losses))
            tried.append((losses[best], replace(candidate, epochs=best + 1)))
        return min(tried, key=lambda pair: pair[0])[1]

    def fit(self, sample: Sample, *, seed: int, progress: Progress) -> Table:
        """Learn from all of the sample for as many epochs as was found best."""
        if self.size is None or self.penalty is None or self.epochs is None:
            return self.tuned(sample, seed=seed, progress=progress).fit(
                sample, seed=seed, progress=progress
            )
        learning = _Learning(self, sample, seed)
        for epoch in range(self.epochs):
            learning.epoch()
            progress((epoch + 1) / self.epochs)
        return learning.table()

    def _candidates(self, attempts: int) -> list["LightFM"]:
        pairs = next(pairs for limit, pairs in CANDIDATES if attempts <= limit)
        candidates = [
            replace(self, size=self.size or size, penalty=self.penalty or penalty)
            for size, penalty in pairs
        ]
        return list(dict.fromkeys(candidates))


class _Learning:
    """The library's model of one fit, and its way to a table."""

    def __init__(self, parameters: LightFM, sample: Sample, seed: int) -> None:
        self._sample = sample
        self._model = Library(
            no_components=parameters.size,
            loss="logistic",
            learning_rate=LEARNING_RATE,
            user_alpha=parameters.penalty,
            item_alpha=parameters.penalty,
            random_state=seed,
        )
        self._features = _with_nuisance(sample)
        self._traits = _for_library(sample.traits)
        signs = np.where(sample.responded > 0, 1, -1).astype(np.float32)
        place = (np.arange(len(sample), dtype=np.int32), sample.therapy.astype(np.int32))
        self._signs = sp.coo_matrix((signs, place), (len(sample), sample.therapies))

    def epoch(self) -> None:
        """One pass over the attempts, on one thread: with more, runs differ every time."""
        self._model.fit_partial(
            self._signs,
            user_features=self._features,
            item_features=self._traits,
            epochs=1,
            num_threads=1,
        )

    def table(self) -> Table:
        """Multiply the factors out; the constant and the mean of the sites join the intercept."""
        traits = self._traits.astype(np.float64)
        therapies = traits @ self._model.item_embeddings.astype(np.float64)
        biases = traits @ self._model.item_biases.astype(np.float64)
        embeddings = self._model.user_embeddings.astype(np.float64)
        weights = embeddings @ therapies.T + self._model.user_biases.astype(np.float64)[:, None]
        width = self._sample.cases.shape[1]
        nuisance = np.asarray(self._features[:, width:].mean(axis=0)).ravel()
        return Table(biases + nuisance @ weights[width:], weights[:width])


def _with_nuisance(sample: Sample) -> sp.csr_matrix:
    """Each attempt's case, a constant and, where there are several, its site."""
    blocks = [sample.rows, sp.csr_array(np.ones((len(sample), 1)))]
    if sample.sites > 1:
        place = (np.arange(len(sample)), sample.site)
        shape = (len(sample), sample.sites)
        blocks.append(sp.csr_array(sp.coo_array((np.ones(len(sample)), place), shape)))
    return _for_library(sp.hstack(blocks, format="csr"))


def _for_library(matrix: sp.csr_array) -> sp.csr_matrix:
    """LightFM reads 32-bit indices and numbers only."""
    parts = (matrix.data, matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32))
    return sp.csr_matrix(parts, shape=matrix.shape, dtype=np.float32)


def _losses(parameters: LightFM, inside: Sample, judge: Sample, *, seed: int) -> Iterator[float]:
    """The held-out log-loss after each epoch, until it hasn't improved for some epochs."""
    learning = _Learning(parameters, inside, seed)
    sign = np.where(judge.responded > 0, 1.0, -1.0)
    best, since = np.inf, 0
    for _ in range(parameters.epochs or MOST_EPOCHS):
        learning.epoch()
        logits = learning.table().logits_of(judge.rows, judge.therapy)
        loss = float(np.logaddexp(0, -sign * logits).mean())
        yield loss
        since = 0 if loss < best else since + 1
        best = min(best, loss)
        if since >= PATIENCE:
            return
