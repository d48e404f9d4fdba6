"""Boosted trees, read off as a table."""

import numpy as np
import pytest

from recommender.ml.recommenders.boosted_trees import BoostedTrees
from tests.unit.ml.made_up import a_sample


def learned(sample, seed=1):
    return BoostedTrees().fit(sample, seed=seed, progress=lambda _: None)


def one_fit(findings, therapy):
    return findings[:, 0] * (1.5 * (therapy == 1) - 1.5 * (therapy == 2))


def test_what_the_trees_saw_is_in_the_table():
    weights = learned(a_sample(one_fit, cases=6_000)).weights

    assert weights[0, 1] == pytest.approx(1.5, abs=0.5)
    assert weights[0, 2] == pytest.approx(-1.5, abs=0.5)
    assert np.abs(weights[1:]).max() < 0.4


def test_the_same_seed_grows_the_same_trees():
    sample = a_sample(one_fit, cases=1_000)

    assert np.array_equal(learned(sample).weights, learned(sample).weights)
