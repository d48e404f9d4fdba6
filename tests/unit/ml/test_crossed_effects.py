"""A regression of findings × therapy whose therapies share what they can."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from recommender.ml.recommenders.crossed_effects import CrossedEffects
from tests.unit.ml.made_up import a_sample


def learned(sample, **parameters):
    return CrossedEffects(**parameters).fit(sample, seed=0, progress=lambda _: None)


def one_fit(findings, therapy):
    """The first finding helps with therapy 1 and harms with therapy 2; nothing else matters."""
    return findings[:, 0] * (1.2 * (therapy == 1) - 1.2 * (therapy == 2))


def nothing(findings, _therapy):
    return np.zeros(len(findings))


def test_it_finds_the_one_effect_and_leaves_the_rest_alone():
    weights = learned(a_sample(one_fit)).weights

    assert weights[0, 1] == pytest.approx(1.2, abs=0.35)
    assert weights[0, 2] == pytest.approx(-1.2, abs=0.35)
    assert np.abs(weights[1:]).max() < 0.2


def test_where_nothing_matters_hardly_any_order_is_left():
    weights = learned(a_sample(nothing)).weights

    assert np.abs(weights - weights.mean(axis=1, keepdims=True)).max() < 0.1


def test_therapies_of_a_kind_lend_each_other_strength():
    """Therapy 3 has few attempts; its kind shows what it should do with the first finding."""
    kinds = ["talk", "talk", "pill", "talk"]

    def by_kind(findings, therapy):
        talking = np.array([1.0, 1.0, -1.0, 1.0])[therapy]
        return 1.2 * findings[:, 0] * talking

    whole = a_sample(by_kind, kinds=kinds)
    rarely = whole.where((whole.therapy != 3) | (np.arange(len(whole)) % 40 == 0))
    alone = a_sample(by_kind)
    alone = alone.where((alone.therapy != 3) | (np.arange(len(alone)) % 40 == 0))

    def fit_of_third(sample):
        weights = learned(sample).weights[0]
        return weights[3] - weights[2]

    assert fit_of_third(rarely) > 1.2
    assert fit_of_third(rarely) > fit_of_third(alone)


def test_what_a_therapy_targets_is_learned_once_for_all_targets():
    """Each therapy helps with what it targets; small data tell it of all targets together."""
    targets = np.zeros((8, 4))
    targets[[0, 1, 2, 3], [0, 1, 2, 3]] = 1

    def by_target(findings, therapy):
        return 0.9 * (findings @ targets)[np.arange(len(findings)), therapy]

    told = learned(a_sample(by_target, cases=600, targets=targets)).weights
    untold = learned(a_sample(by_target, cases=600)).weights
    on = targets > 0

    def apart(weights):
        return weights[on].mean() - weights[~on].mean()

    assert apart(told) > apart(untold) > 0


def test_a_site_that_does_better_lends_nothing_to_the_therapy_it_prefers():
    """Therapies are alike; therapy 1 is given where people do well."""
    sample = a_sample(nothing, sites=2)
    draw = np.random.default_rng(2)
    good = sample.site == 1
    sample.therapy[good] = np.where(draw.random(good.sum()) < 0.8, 1, sample.therapy[good])
    sample.responded[:] = draw.random(len(sample)) < np.where(good, 0.8, 0.3)

    average = learned(sample).intercept

    assert average[1] - np.delete(average, 1).mean() < 0.15


def test_the_same_sample_gives_the_same_weights_to_the_bit():
    first, second = learned(a_sample(one_fit, cases=500)), learned(a_sample(one_fit, cases=500))

    assert np.array_equal(first.weights, second.weights)
    assert np.array_equal(first.intercept, second.intercept)


def test_with_more_columns_than_fit_the_most_seldom_filled_are_left_out(monkeypatch):
    monkeypatch.setattr("recommender.ml.recommenders.crossed_effects.LARGEST_CURVATURE", 4 * 7**2)
    sample = a_sample(one_fit)
    rare = sample.cases.toarray()
    rare[50:, 7] = 0
    rare[50:, 6] = 0

    weights = learned(replace(sample, cases=sp.csr_array(rare))).weights

    assert weights.shape == (8, 4)
    assert not weights[[6, 7]].any()
    assert weights[0, 1] > 0.8
