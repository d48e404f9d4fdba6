"""A prior of many small weights and few large ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.ml.mixture import SPREADS, Mixture

NOTHING_BUT = np.array([1.0, *([0.0] * (len(SPREADS) - 1))])


def only(spread):
    return Mixture((spread == SPREADS).astype(float) * (1 - 1e-12) + 1e-12 / len(SPREADS))


def test_with_one_spread_it_is_a_ridge_by_hand():
    found = only(0.5).posterior(np.array([12.0]), np.array([8.0]))

    # Precision 12 of the data and 1 / 0.5² = 4 of the prior: 8 / 16.
    assert found.mean == pytest.approx([0.5], abs=1e-6)


def test_a_weight_that_is_held_to_be_nothing_stays_nothing():
    found = only(0.0).posterior(np.array([100.0]), np.array([3.0]))

    assert found.mean == pytest.approx([0.0], abs=1e-6)


@given(st.floats(1, 1e4), st.floats(-50, 50))
def test_a_weight_is_drawn_to_nothing_and_never_over_it(precision, estimate):
    found = Mixture.at_first().posterior(np.array([precision]), np.array([precision * estimate]))

    assert abs(found.mean[0]) <= abs(estimate) + 1e-9
    assert found.mean[0] * estimate >= 0
    assert found.counts.sum() == pytest.approx(1)


def test_clear_weights_are_kept_where_the_rest_is_nothing():
    """A ridge would have to draw all alike: here the large one keeps nine tenths."""
    precision = np.full(100, 100.0)
    estimate = np.array([0.8, *np.random.default_rng(1).normal(0, 0.1, 99)])
    mixture = Mixture.at_first()

    for _ in range(30):
        found = mixture.posterior(precision, precision * estimate)
        mixture = mixture.after(found.counts, doubt=20)

    assert found.mean[0] > 0.9 * 0.8
    assert np.abs(found.mean[1:]).mean() < 0.25 * np.abs(estimate[1:]).mean()


def test_the_more_doubt_the_nearer_it_stays_to_the_first_shares():
    counts = 50 * NOTHING_BUT

    little, much = (Mixture.at_first().after(counts, doubt=doubt).shares for doubt in (10, 1_000))

    assert little[0] > much[0] > Mixture.at_first().shares[0]
