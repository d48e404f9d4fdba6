"""Splits: always by case, so that no case is on both sides, and stratified by site."""

import numpy as np
from numpy.typing import NDArray

from recommender.ml.interactions import Ints
from recommender.ml.sample import Sample


def folds_of_cases(sample: Sample, *, folds: int, seed: int) -> Ints:
    """The fold of each case; each site's cases are spread evenly over the folds."""
    site = np.zeros(sample.cases.shape[0], np.int64)
    site[sample.case] = sample.site
    order = np.random.default_rng(seed).permutation(len(site))
    by_site = order[np.argsort(site[order], kind="stable")]
    fold = np.empty(len(site), np.int32)
    fold[by_site] = np.arange(len(site)) % folds
    return fold


def held_out(sample: Sample, *, share: float, seed: int) -> NDArray[np.bool_]:
    """Which attempts are held out: those of about this share of the cases."""
    cases = np.unique(sample.case)
    chosen = np.random.default_rng(seed).permutation(cases)[: max(1, round(len(cases) * share))]
    outside = np.zeros(sample.cases.shape[0], np.bool_)
    outside[chosen] = True
    return outside[sample.case]
