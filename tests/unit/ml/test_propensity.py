"""How likely a therapy was to be given follows the findings as far as the data bear that out."""

from dataclasses import replace

import numpy as np
import pytest

from recommender.ml.propensity import log_likelihoods, of_given, propensities, shares
from tests.unit.ml.made_up import a_sample


def by_lot(_findings, therapy):
    return np.zeros(len(therapy))


def in_halves(sample):
    """The attempts in two halves: to learn from, and to be asked about."""
    middle = len(sample) // 2
    return sample.where(np.arange(middle)), sample.where(np.arange(middle, len(sample)))


def gain_over_shares(sample, *, seed=1):
    training, asked = in_halves(sample)
    told = of_given(propensities(training, asked, seed=seed), asked.therapy)
    usual = shares(training)[asked.therapy]
    return float((log_likelihoods(told) - log_likelihoods(usual)).mean())


def where_practice_follows_findings(*, cases=2_000):
    sample = a_sample(by_lot, cases=cases, therapies=2)
    has = sample.cases.toarray()[:, 0] > 0
    draw = np.random.default_rng(2)
    return has, replace(sample, therapy=(draw.random(cases) < np.where(has, 0.8, 0.2)).astype(int))


def test_propensities_follow_the_findings():
    has, sample = where_practice_follows_findings()
    training, asked = in_halves(sample)

    found = propensities(training, asked, seed=1)

    assert found.sum(axis=1) == pytest.approx(1)
    assert found[has[asked.case], 1].mean() == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_choices_by_lot_among_many_therapies_are_foretold_no_worse_than_by_shares(seed):
    sample = a_sample(by_lot, cases=1_000, columns=80, therapies=40, sites=6, seed=seed)

    assert gain_over_shares(sample) > -0.01


def test_the_one_finding_that_practice_follows_is_found_among_many():
    sample = a_sample(by_lot, cases=1_000, columns=80, therapies=20)
    has = sample.cases.toarray()[:, 0] > 0
    sample = replace(sample, therapy=np.where(has, sample.therapy % 4, sample.therapy))

    assert gain_over_shares(sample) > 0.05


def test_the_same_seed_gives_the_same_propensities():
    training, asked = in_halves(where_practice_follows_findings()[1])

    assert np.array_equal(*(propensities(training, asked, seed=3) for _ in range(2)))


def test_where_all_were_given_one_therapy_it_is_certain():
    training, asked = in_halves(a_sample(by_lot, cases=60, therapies=1))

    found = propensities(training, asked, seed=1)

    assert (found == 1).all()


def test_with_hardly_an_attempt_a_therapy_shares_are_said():
    """Nothing could be learned; scikit-learn would warn that the therapies look like numbers."""
    training, asked = in_halves(a_sample(by_lot, cases=60, therapies=40))

    found = propensities(training, asked, seed=1)

    assert (found == shares(training)).all()
