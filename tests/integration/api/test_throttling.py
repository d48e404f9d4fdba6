"""One caller can't take what the others need."""

import pytest
from django.test import override_settings

from api.throttling import Counters, counters
from recommender.services.access import Role

CATALOGUE = "/api/v1/therapies/"


@pytest.fixture(autouse=True)
def _new_window():
    counters.__init__()


def test_a_caller_is_counted_for_each_window_anew():
    windows = Counters()

    assert [windows.count("a", now) for now in (0, 1, 59, 60, 61)] == [1, 2, 3, 1, 2]


def test_callers_are_counted_apart():
    windows = Counters()

    assert [windows.count(who, 0) for who in "aab"] == [1, 2, 1]


@pytest.mark.django_db
@override_settings(THROTTLE_PER_MINUTE=2)
def test_a_caller_that_comes_too_often_is_told_when_to_come_back(caller):
    eager, patient = caller(Role.CLINICIAN, name="eager"), caller(Role.CLINICIAN, name="patient")

    statuses = [eager.get(CATALOGUE).status_code for _ in range(3)]
    last = eager.get(CATALOGUE)

    assert statuses == [200, 200, 429]
    assert last["Content-Type"] == "application/problem+json"
    assert 1 <= int(last["Retry-After"]) <= 60
    assert patient.get(CATALOGUE).status_code == 200


@pytest.mark.django_db
@override_settings(THROTTLE_PER_MINUTE=0)
def test_zero_turns_it_off(caller):
    client = caller(Role.CLINICIAN)

    assert {client.get(CATALOGUE).status_code for _ in range(5)} == {200}
