"""The incumbent's order: luck with few records is drawn in, many records speak for themselves."""

import numpy as np
import pytest
import scipy.sparse as sp

from recommender.ml.recommenders.response_rate import ResponseRate
from recommender.ml.sample import Sample


def surplus(attempts):
    """Log odds of each therapy above the mean; attempts as (responders, n) a therapy, one site."""
    responded = np.concatenate([np.arange(n) < yes for yes, n in attempts]).astype(float)
    count, therapies = len(responded), len(attempts)
    sample = Sample(
        cases=sp.csr_array((count, 1)),
        traits=sp.csr_array(np.eye(therapies)),
        trait_names=tuple(f"therapy:{place}" for place in range(therapies)),
        case=np.arange(count),
        therapy=np.repeat(np.arange(therapies), [n for _, n in attempts]),
        responded=responded,
        site=np.zeros(count, int),
        sites=1,
    )
    rate = responded.mean()
    fitted = ResponseRate().fit(sample, seed=0, progress=lambda _: None)
    return fitted.intercept - np.log(rate / (1 - rate))


def test_luck_with_few_records_never_takes_first_place():
    ahead = surplus([(6, 6), (72, 120), (50, 120), (40, 80)])

    assert ahead.argmax() == 1
    assert ahead[0] > 0


@pytest.mark.parametrize("off", [0, 8])
def test_few_attempts_leave_therapies_about_as_far_apart_as_was_expected_of_them(off):
    ahead = surplus([(10 - off // 2, 20), (10, 20), (10 + off // 2, 20)])

    assert np.ptp(ahead) < 0.4


def test_many_attempts_show_how_far_therapies_are_apart():
    ahead = surplus([(1_200, 4_000), (2_000, 4_000), (2_800, 4_000)])

    assert ahead == pytest.approx(np.log([3 / 7, 1, 7 / 3]), abs=0.02)
