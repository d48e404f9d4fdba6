"""A study tells how the recipe does where nothing was learned."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from recommender.ml.agreement import Places, agreement
from recommender.ml.recipes import RECIPES
from recommender.ml.report import html_report
from recommender.ml.study import study
from tests import learned

RIDGE = RECIPES["crossed-effects"]
SITES, YEARS = 4, 5


@cache
def data():
    """The made-up cases, from four clinics over five years."""
    made = learned.data()
    number = np.arange(made.cases, dtype=np.int32)
    names = tuple(f"clinic-{one}" for one in range(SITES))
    return replace(made, site=number % SITES, year=2018 + number % YEARS, sites=names)


@cache
def found():
    return study(data(), RIDGE, seed=1, tell=lambda _stage, _done: None)


def test_every_site_is_judged_by_trainings_that_never_saw_it():
    sites = found()["sites"]

    assert (sites["sites"], sites["attempts"]) == (SITES, learned.CASES)
    assert sites["auc"]["value"] > 0.52


def test_the_later_years_are_judged_by_the_earlier_ones():
    years = found()["years"]

    assert years["first_later_year"] == 2022
    assert years["attempts"] == learned.CASES // YEARS


def test_less_data_is_judged_on_the_same_cases_as_more():
    curve = found()["learning_curve"]

    assert [point["share"] for point in curve] == [0.125, 0.25, 0.5, 1.0]
    assert len({point["attempts"] for point in curve}) == 1
    assert curve[-1]["auc"]["value"] > curve[0]["auc"]["value"]


def test_seeds_agree_about_most_first_places():
    assert 0.5 < found()["seeds"]["same_first"] <= 1


def test_the_same_study_comes_to_the_same_figures():
    again = study(data(), RIDGE, seed=1, tell=lambda _stage, _done: None)

    assert again == found()


@pytest.mark.parametrize("part", ["sites", "years"])
def test_what_isnt_recorded_isnt_judged(part):
    made = learned.data()
    few = replace(made, site=np.full(made.cases, -1), year=np.zeros(made.cases, np.int32))

    rates = RECIPES["response-rate"]

    assert study(few, rates, seed=1, tell=lambda _stage, _done: None)[part] is None


def test_a_site_whose_therapies_nobody_else_gave_is_left_out():
    made = data()
    alone = made.site[made.attempts.case] == 3
    attempts = replace(made.attempts, therapy=np.where(alone, 3, made.attempts.therapy % 3))

    apart = study(
        replace(made, attempts=attempts),
        RECIPES["response-rate"],
        seed=1,
        tell=lambda _stage, _done: None,
    )["sites"]

    assert apart["left_out"] == learned.CASES // SITES


def test_following_it_is_compared_with_the_incumbent_where_attempts_suffice():
    value = found()["value"]

    assert value["first_tries"] == learned.CASES
    assert value["effective"] > 100
    assert value["difference"]["upper"] > 0
    assert value["overlap"] == 1


def test_the_page_is_made_where_no_two_attempts_can_be_compared():
    """Every case has a site of its own, as where clinicians' ids were taken for sites."""
    made = learned.data()
    names = tuple(f"site-{number:04}" for number in range(made.cases))
    apart = replace(made, site=np.arange(made.cases, dtype=np.int32), sites=names)
    rates = RECIPES["response-rate"]

    studied = study(apart, rates, seed=1, tell=lambda _stage, _done: None)

    json.dumps(studied, allow_nan=False)
    assert [point["auc"]["value"] for point in studied["learning_curve"]] == [None] * 4
    evaluation = {**learned.outcome().evaluation, "study": {**studied, "version_before": None}}
    assert "attempts learned from" in html_report("x", evaluation, simulated=False)


def test_orders_without_a_therapy_to_show_are_not_compared():
    nothing = Places.by(np.full((3, 2), -np.inf))

    assert agreement(nothing, nothing) is None
