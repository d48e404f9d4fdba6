"""Successive halving: what is drawn, who meets whom on how much data, and who wins."""

from dataclasses import fields
from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import qmc

from recommender.exceptions import BadInput
from recommender.ml import halving, tuning
from recommender.ml.bootstrap import Interval
from recommender.ml.halving import Judged
from recommender.ml.recipes import RECIPES, Recipe
from recommender.ml.recommenders import RECOMMENDERS
from recommender.ml.search_space import LEFT, SEARCHED, Span, Steps
from tests import learned

DEFAULT, CROSSED = RECIPES["default"], RECIPES["crossed-effects"]


@pytest.mark.parametrize("name", RECOMMENDERS)
def test_every_parameter_is_searched_or_left_with_a_reason(name):
    takes = {field.name for field in fields(RECOMMENDERS[name])}

    searched, left = set(SEARCHED[name]), set(LEFT.get(name, {}))

    assert searched | left == takes
    assert not searched & left
    assert all(axis.why for axis in SEARCHED[name].values())
    assert all(LEFT.get(name, {}).values())


def test_the_tables_name_the_recommenders_that_there_are():
    assert set(SEARCHED) == set(RECOMMENDERS)
    assert set(LEFT) <= set(RECOMMENDERS)


def test_a_span_is_halved_at_the_middle_as_often_as_doubled():
    span = Span(0.01, 1.0, "")

    assert [span.at(place) for place in (0.0, 0.5, 1.0)] == [0.01, 0.1, 1.0]


def test_steps_have_each_value_alike():
    steps = Steps((8, 16, 32, 64), "")

    assert [steps.at(place) for place in (0.0, 0.24, 0.25, 0.5, 0.99, 1.0)] == [
        8, 8, 16, 32, 64, 64,
    ]  # fmt: skip


def test_the_same_seed_draws_the_same_trials_and_another_seed_others():
    first = halving.candidates(DEFAULT, trials=6, seed=4)

    assert halving.candidates(DEFAULT, trials=6, seed=4) == first
    assert halving.candidates(DEFAULT, trials=9, seed=4)[:6] == first
    assert not set(map(str, first)) & set(map(str, halving.candidates(DEFAULT, trials=6, seed=5)))


@pytest.mark.parametrize(("axes", "seed"), [(1, 0), (6, 4), (10, 2**32 - 1)])
def test_places_are_spread_as_scipys_are(axes, seed):
    theirs = qmc.Halton(d=axes, seed=seed).random(200)

    np.testing.assert_allclose(halving.spread(200, axes=axes, seed=seed), theirs, atol=1e-15)


def test_candidates_differ_from_the_base_in_what_is_searched_only():
    base = Recipe("mine", ("lightfm", "response-rate"), {"lightfm": {"epochs": 7}}, folds=4)

    for candidate in halving.candidates(base, trials=5, seed=1):
        assert set(candidate.parameters) == {"lightfm"}
        own = candidate.parameters["lightfm"]
        assert set(own) == {"epochs", "size", "penalty"}
        assert own["epochs"] == 7
        assert 1e-4 <= own["penalty"] <= 3e-2
        assert (candidate.folds, candidate.recommenders) == (4, base.recommenders)


def test_a_recipe_without_parameters_cant_be_searched():
    with pytest.raises(BadInput, match="no parameter to search") as refusal:
        halving.candidates(RECIPES["response-rate"], trials=5, seed=1)

    assert refusal.value.field == "recipe"


@pytest.mark.parametrize("trials", [-1, 0, 1, 201])
def test_too_few_and_too_many_trials_are_refused(trials):
    with pytest.raises(BadInput, match="between 2 and 200"):
        halving.candidates(DEFAULT, trials=trials, seed=1)


@pytest.mark.parametrize(
    ("cases", "trials", "expected"),
    [
        (50_000, 18, [(18, "1/9"), (6, "1/3"), (2, "1")]),
        (50_000, 20, [(20, "1/9"), (7, "1/3"), (3, "1")]),
        (1_000, 18, [(18, "1/3"), (6, "1")]),
        (599, 18, [(18, "1")]),
        (50_000, 5, [(5, "1")]),
    ],
)
def test_a_third_goes_on_to_three_times_the_cases(cases, trials, expected):
    rungs = halving.rungs(cases=cases, trials=trials)

    assert [(rung.candidates, str(rung.share)) for rung in rungs] == expected
    assert [rung.before for rung in rungs] == [Fraction(0), *(rung.share for rung in rungs[:-1])]


def test_each_rung_is_judged_on_cases_that_no_earlier_rung_was():
    small, whole = halving.rungs(cases=learned.CASES, trials=6)
    quick = Recipe("quick", ("response-rate",), folds=2)

    below = tuning.judge(learned.data(), quick, rung=small, seed=1, tell=lambda _: None)
    above = tuning.judge(learned.data(), quick, rung=whole, seed=1, tell=lambda _: None)

    assert (below.cases, above.cases) == (400, 800)
    assert (below.attempts, above.attempts) == (400, 800)


def test_a_recipe_that_looks_at_findings_forecasts_better_where_they_matter():
    (whole,) = halving.rungs(cases=learned.CASES, trials=2)
    told = []
    rates = tuning.judge(
        learned.data(), RECIPES["response-rate"], rung=whole, seed=1, tell=told.append
    )
    crossed = tuning.judge(learned.data(), CROSSED, rung=whole, seed=1, tell=told.append)

    (gain,) = halving.gains(rates, [crossed], seed=1)

    assert gain.lower > 0
    assert gain.value == pytest.approx(rates.log_loss - crossed.log_loss)
    assert halving.winner({3: gain}) == 3
    assert max(told) <= 1.0


def test_what_is_judged_twice_is_the_same():
    (whole,) = halving.rungs(cases=learned.CASES, trials=2)
    recipe = Recipe("sized", ("lightfm",), {"lightfm": {"size": 8, "penalty": 0.003}}, folds=2)

    first, second = (
        tuning.judge(learned.data(), recipe, rung=whole, seed=2, tell=lambda _: None)
        for _ in range(2)
    )

    assert first.to_json() == second.to_json()


def judged(losses):
    sums = np.array(losses)
    return Judged(len(sums), len(sums), float(sums.mean()), sums, np.ones(len(sums)))


def test_the_best_of_many_that_are_no_better_hardly_ever_wins():
    won = 0
    for seed in range(100):
        chance = np.random.default_rng(seed)
        base = chance.normal(0.6, 0.3, 300)
        others = [judged(base + chance.normal(0.0, 0.05, 300)) for _ in range(12)]
        found = halving.gains(judged(base), others, seed=seed)
        won += halving.winner(dict(enumerate(found, 1))) is not None

    # One in twenty is what the bounds allow; taking each for itself it would be one in two.
    assert won <= 12


def test_equal_forecasts_gain_nothing_for_sure():
    base = judged([0.5, 0.7, 0.6, 0.4])

    (gain,) = halving.gains(base, [base], seed=1)

    assert gain == Interval(0.0, 0.0, 0.0)
    assert halving.winner({1: gain}) is None


def test_the_winner_saves_most_of_those_that_are_better_beyond_chance():
    found = {
        1: Interval(0.03, -0.01, 0.07),
        2: Interval(0.01, 0.005, 0.015),
        3: Interval(0.02, 0.004, 0.036),
    }

    assert halving.winner(found) == 3
    assert halving.winner({1: found[1]}) is None


def test_of_equal_trials_the_first_goes_on():
    assert halving.best({1: 0.6, 2: 0.5, 3: 0.6, 4: 0.7}, among=2) == (2, 1)
