"""Widening: columns for pairs of findings, found anew by each training that may use them.

A fold's training finds its own pairs, so that nothing it is judged on chose its columns.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recommender.ml.encoding import with_pairs
from recommender.ml.features import CaseEncoder
from recommender.ml.pairs import Pair, find_pairs
from recommender.ml.recipes import Recipe
from recommender.ml.recommenders.crossed_effects import CrossedEffects
from recommender.ml.sample import Sample
from recommender.ml.splits import folds_of_cases

FEW_ROUNDS = 3
"""What columns do alone needn't be known to the last digit to see what pairs do beside it."""


@dataclass(frozen=True)
class Widened:
    """A sample with columns for pairs, and which columns each training must leave out.

    `left_out` has an entry a fold and one for the training on everything; empty when there are no
    pairs.
    """

    sample: Sample
    encoder: CaseEncoder
    left_out: tuple[NDArray[np.bool_], ...] = ()


def widen(
    sample: Sample,
    encoder: CaseEncoder,
    recipe: Recipe,
    *,
    seed: int,
    progress: Callable[[float], None],
) -> Widened:
    """Find the pairs of every training; the sample itself where the whole shows none."""
    everything = _pairs(sample, encoder, recipe)
    progress(1 / (recipe.folds + 1))
    if not everything:
        return Widened(sample, encoder)
    fold = folds_of_cases(sample, folds=recipe.folds, seed=seed)
    found = []
    for number in range(recipe.folds):
        found.append(_pairs(sample.of_cases(fold != number), encoder, recipe))
        progress((number + 2) / (recipe.folds + 1))
    found.append(everything)
    union = list(dict.fromkeys(pair for pairs in found for pair in pairs))
    wider = encoder.with_pairs(union)
    targets = sample.targets
    if targets is not None:
        targets = np.vstack([targets, np.zeros((len(union), sample.therapies))])
    cases = with_pairs(sample.cases, wider.pairs)
    left_out = tuple(_unknown(wider, pairs) for pairs in found)
    return Widened(replace(sample, cases=cases, targets=targets), wider, left_out)


def _pairs(sample: Sample, encoder: CaseEncoder, recipe: Recipe) -> list[Pair]:
    if not recipe.pairs:
        return []
    alone = CrossedEffects(rounds=FEW_ROUNDS).fit(sample, seed=0, progress=lambda _: None)
    return find_pairs(sample, alone, encoder, most=recipe.pairs)


def _unknown(encoder: CaseEncoder, known: list[Pair]) -> NDArray[np.bool_]:
    """The columns of pairs other than these."""
    unknown = np.zeros(encoder.width, np.bool_)
    for pair in encoder.pairs:
        unknown[pair.column] = (pair.first, pair.second) not in known
    return unknown
