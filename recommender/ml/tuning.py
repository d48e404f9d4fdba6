"""Tuning: how well a recipe with other parameters forecasts the cases of a rung."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
from threadpoolctl import threadpool_limits

from recommender.exceptions import BadInput
from recommender.ml.crossfit import cross_fit
from recommender.ml.feature_fitting import fit_encoder
from recommender.ml.halving import Judged, Rung
from recommender.ml.interactions import Ints, TrainingData
from recommender.ml.metrics import log_losses
from recommender.ml.recipes import Recipe
from recommender.ml.sample import Sample, sample_of
from recommender.ml.training import refuse_too_little

FOLDS = 3
MOST_CLUSTERS = 2_000

Telling = Callable[[float], None]


def judge(data: TrainingData, recipe: Recipe, *, rung: Rung, seed: int, tell: Telling) -> Judged:
    """Cross-fit a recipe on a rung's share of the cases and judge it on those that are new there.

    The same seed gives every recipe the same cases and folds, so that they can be paired.
    """
    own = replace(recipe, folds=min(FOLDS, recipe.folds))
    refuse_too_little(data, own)
    with threadpool_limits(limits=1, user_api="blas"):
        sample, rank = _share_of(sample_of(data, fit_encoder(data)), rung.share, seed)
        _refuse_one_sided(sample)
        crossed, _ = cross_fit(sample, own, seed=seed, tell=lambda _stage, done: tell(done))
        logits = crossed.of_heads(crossed.heads(with_fit=True))
    first = int(data.cases * rung.before)
    new = np.flatnonzero(rank[sample.case] >= first)
    losses = log_losses(sample.responded[new], logits[new])
    cluster = (rank[sample.case[new]] - first) % MOST_CLUSTERS
    count = int(cluster.max()) + 1
    return Judged(
        cases=len(np.unique(sample.case[new])),
        attempts=len(new),
        log_loss=float(losses.mean()),
        losses=np.bincount(cluster, losses, count).astype(np.float64),
        sizes=np.bincount(cluster, minlength=count).astype(float),
    )


def _share_of(sample: Sample, share: Fraction, seed: int) -> tuple[Sample, Ints]:
    """The first cases in an order that the seed draws, and the rank of each in that order."""
    count = int(sample.cases.shape[0])
    order = np.random.default_rng(seed).permutation(count)[: int(count * share)]
    chosen = np.sort(order)
    rank = np.empty(len(order), np.int64)
    rank[np.searchsorted(chosen, order)] = np.arange(len(order))
    return sample.of_few(chosen), rank


def _refuse_one_sided(sample: Sample) -> None:
    if len(np.unique(sample.therapy)) < 2 or not 0 < sample.responded.mean() < 1:
        raise BadInput(
            "The first part of the cases has only one therapy or only one response: ask for "
            "fewer trials, so that they begin on more of the cases, or publish more cases.",
            field="trials",
        )
