"""Intervals resample cases, in as many rounds as the data can bear."""

import numpy as np
import pytest

from recommender.ml.bootstrap import Resampling


def test_a_case_with_many_attempts_is_one_draw():
    alone = Resampling.of_cases(np.arange(400), seed=1)
    in_tens = Resampling.of_cases(np.repeat(np.arange(40), 10), seed=1)
    values = np.repeat(np.random.default_rng(2).random(40), 10)

    def width(draws):
        found = draws.interval_of_mean(values)
        return found.upper - found.lower

    assert width(in_tens) > 2 * width(alone)


@pytest.mark.parametrize(("attempts", "passes"), [(1_000, 200), (200_000, 100), (800_000, 50)])
def test_many_attempts_are_passed_over_less_often(attempts, passes):
    assert Resampling.of_cases(np.arange(attempts) % 9_000, seed=1).passes == passes


def test_what_cannot_be_estimated_has_no_interval():
    found = Resampling.of_cases(np.arange(50), seed=1).interval(lambda _: float("nan"))

    assert found.to_json() == {"value": None, "lower": None, "upper": None}
