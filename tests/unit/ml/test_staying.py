"""Who stays of a recipe's recommenders."""

import numpy as np
import pytest

from recommender.ml.crossfit import CrossFit
from recommender.ml.stacking import Seen
from recommender.ml.staying import who_stays
from tests.unit.ml.made_up import a_sample

CASES = 3_000


def crossed(*fits, truth):
    """Recommenders that say these logits of attempts whose response follows the truth."""
    sample = a_sample(lambda *_: truth, cases=CASES)
    none = np.zeros((CASES, len(fits)))
    seen = Seen(
        none, none, none, np.column_stack(fits), sample.responded, sample.site, sample.sites
    )
    fold = np.arange(CASES) % 2
    return CrossFit(sample, fold, ((), ()), seen)


@pytest.fixture
def drawn():
    return np.random.default_rng(3).normal(size=(3, CASES))


def test_a_recommender_that_says_nothing_of_its_own_is_left_out(drawn):
    truth, noise, _ = drawn

    tried = who_stays(crossed(truth, noise, truth=truth), ("knows", "guesses"), seed=1)

    assert [(one.name, one.stays) for one in tried] == [("knows", True), ("guesses", False)]
    assert tried[0].gain.lower > 0


def test_two_that_know_different_things_both_stay(drawn):
    one, other, _ = drawn

    tried = who_stays(crossed(one, other, truth=one + other), ("one", "other"), seed=1)

    assert all(each.stays and each.gain.lower > 0 for each in tried)


def test_of_two_that_say_the_same_not_both_are_taken_away(drawn):
    truth = drawn[0]

    tried = who_stays(crossed(truth, truth, truth=truth), ("one", "twin"), seed=1)

    assert any(each.stays for each in tried)


def test_lightfm_stays_whatever_it_saves(drawn):
    truth, noise, _ = drawn

    tried = who_stays(crossed(truth, noise, truth=truth), ("knows", "lightfm"), seed=1)

    assert tried[1].stays
    assert tried[1].gain.upper < 0.001
