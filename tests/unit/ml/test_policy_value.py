"""What following an order would change, from attempts that somebody else chose."""

import numpy as np
import pytest

from recommender.ml.bootstrap import Resampling
from recommender.ml.policy_value import (
    Logged,
    _compared,
    _followed,
    e_value,
)

CASES, THERAPIES = 6_000, 3
CHANCE = np.array([0.3, 0.4, 0.6])


def logged(*, seed=1):
    """Sicker cases, who respond less, are given the third therapy more often."""
    draw = np.random.default_rng(seed)
    sick = draw.random(CASES) < 0.5
    shares = np.where(sick[:, None], [0.2, 0.2, 0.6], [0.45, 0.45, 0.1])
    therapy = np.array([draw.choice(THERAPIES, p=share) for share in shares])
    chance = CHANCE[therapy] - 0.2 * sick
    expected = np.tile(CHANCE, (CASES, 1)) - 0.2 * sick[:, None]
    responded = (draw.random(CASES) < chance).astype(float)
    share = np.bincount(therapy)[therapy] / CASES
    return Logged(np.arange(CASES), therapy, responded, expected, shares, share)


def compared(data, mine, other):
    first = (_followed(data, np.full(CASES, one)) for one in (mine, other))
    return _compared(*first, Resampling.of_cases(data.case, seed=1))


def test_the_true_difference_lies_inside_the_interval():
    found = compared(logged(), 2, 0)["difference"]

    assert found["lower"] < 0.3 < found["upper"]
    assert found["lower"] > 0.2


@pytest.mark.parametrize("wrong", ["expected", "propensity"])
def test_either_model_may_be_wrong(wrong):
    data = logged()
    flat = np.full((CASES, THERAPIES), 1 / THERAPIES if wrong == "propensity" else 0.4)
    half = Logged(**{**vars(data), wrong: flat})

    found = compared(half, 2, 0)["difference"]

    assert found["value"] == pytest.approx(0.3, abs=0.05)


def test_an_order_compared_with_itself_differs_by_nothing():
    found = compared(logged(), 1, 1)

    assert found["difference"] == {"value": 0.0, "lower": 0.0, "upper": 0.0}
    assert found["e_value"] == {"value": 1.0, "at_the_nearer_end": 1.0}


def test_too_few_effective_attempts_make_no_estimate():
    data = logged()
    few = Logged(**{name: value[:150] for name, value in vars(data).items()})
    first = (_followed(few, np.full(150, one)) for one in (2, 0))

    found = _compared(*first, Resampling.of_cases(few.case, seed=1))

    assert found["effective"] < 100
    assert "difference" not in found


def test_the_e_value_is_that_of_its_authors():
    """A risk ratio of 3.9 has the E-value 7.2 (VanderWeele and Ding 2017)."""
    assert e_value(0.1, 0.29) == pytest.approx(7.26, abs=0.01)
    assert e_value(0.39, -0.29) == pytest.approx(7.26, abs=0.01)
    assert e_value(0.4, 0.0) == 1.0
