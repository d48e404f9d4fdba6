"""The simulated worlds are what they claim to be."""

import numpy as np
import pytest

from recommender.ml.simulation.simulator import RESPONSE_TO_USUAL_CARE
from recommender.ml.simulation.worlds import WORLDS
from recommender.services.simulations import build

CASES = 6_000


@pytest.fixture(scope="module")
def worlds():
    """One batch of each world."""
    drawn = {}
    for name in WORLDS:
        simulator = build(pathway="depression", world=name, seed=3)
        drawn[name] = (simulator, next(simulator.logged(CASES)))
    return drawn


def best_for_each(batch):
    return np.where(batch.withheld, 0, batch.chance).max(axis=1).mean()


def best_for_all(batch):
    return batch.chance.mean(axis=0).max()


def test_there_are_forty_therapies_of_the_catalogue_or_more(worlds):
    simulator, batch = worlds["mid"]

    assert len(simulator.therapies) >= 40
    assert len(np.unique(batch.courses.therapy)) >= 40


def test_usual_care_responds_as_often_in_every_world(worlds):
    for name, (_, batch) in worlds.items():
        assert batch.usual_care.mean() == pytest.approx(RESPONSE_TO_USUAL_CARE, abs=0.02), name


def test_what_is_given_most_is_not_what_helps_most(worlds):
    _, batch = worlds["mid"]
    first = batch.courses.therapy[batch.courses.sequence == 1]
    given_most = np.bincount(first).argmax()

    assert batch.chance[:, given_most].mean() < best_for_all(batch) - 0.03


def test_where_nothing_depends_on_the_case_one_order_is_best_for_everyone(worlds):
    _, batch = worlds["none"]

    orders = np.argsort(batch.chance, axis=1)

    assert (orders == orders[0]).all()


def test_cases_decide_more_in_the_strong_world_and_less_in_the_weak_one(worlds):
    gains = {name: best_for_each(b) - best_for_all(b) for name, (_, b) in worlds.items()}

    assert gains["weak"] < gains["mid"] < gains["strong"]


def test_therapies_that_come_late_are_tried_by_nobody_before(worlds):
    _, batch = worlds["new-therapies"]
    _, always = worlds["mid"]
    year = batch.year[batch.courses.person]

    early = np.unique(batch.courses.therapy[year < 2023])

    assert len(np.unique(always.courses.therapy)) - len(early) >= 8


def test_one_to_four_courses_a_case_and_none_twice(worlds):
    _, batch = worlds["mid"]
    courses = batch.courses
    pairs = np.column_stack([courses.person, courses.therapy])

    assert set(np.bincount(courses.person)) == {1, 2, 3, 4}
    assert len(np.unique(pairs, axis=0)) == len(pairs)


def test_some_leave_before_anyone_measures(worlds):
    _, batch = worlds["mid"]

    assert 0.05 < 1 - batch.courses.known.mean() < 0.25


def test_mislabelling_turns_one_response_in_ten(worlds):
    _, straight = worlds["mid"]
    simulator, turned = worlds["mislabelled"]

    assert simulator.world.mislabelled == pytest.approx(0.1)
    expected = 0.9 * straight.courses.responded.mean() + 0.1 * (
        1 - straight.courses.responded.mean()
    )
    assert turned.courses.responded.mean() == pytest.approx(expected, abs=0.03)


def test_symptoms_of_one_group_go_together(worlds):
    simulator, _ = worlds["mid"]
    batch = next(simulator.logged(CASES))
    column = simulator.population.column
    shown = np.zeros((CASES, len(simulator.population.findings)))
    shown[batch.findings.person, batch.findings.finding] = np.abs(batch.findings.level)

    together = np.corrcoef(shown[:, column["flashbacks"]], shown[:, column["nightmares"]])[0, 1]

    assert together > 0.15
