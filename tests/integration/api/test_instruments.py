"""Rating scales over the API: what may be answered, what it comes to, and what is refused."""

import pytest
from rest_framework.test import APIClient

from recommender.clinical.instruments import INSTRUMENTS
from recommender.services import access
from recommender.services.access import Role

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/instruments/"


@pytest.fixture
def client():
    made = access.create_client(name="scales", roles=frozenset({Role.EHR_CLIENT}), by="test")
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {made.secret}")
    return client


def score(client, name="phq9", **body):
    return client.post(f"{ADDRESS}{name}/score/", body, format="json")


def test_every_scale_is_listed_with_the_source_of_each_fact(client):
    listed = client.get(ADDRESS).json()["results"]

    assert [each["id"] for each in listed] == list(INSTRUMENTS)
    facts = [fact for each in listed for fact in each["facts"]]
    assert all(fact["source"] or fact["verification"] == "unverified" for fact in facts)
    assert client.get(f"{ADDRESS}PHQ-9/").json() == listed[0]


def test_a_whole_set_of_answers_is_scored_with_its_safety_items(client):
    answers = {str(item): 1 for item in range(1, 10)}

    answer = score(client, answers=answers, before=15).json()

    assert answer["total"] == 9
    assert answer["severity"] == INSTRUMENTS["phq9"].severity(9)
    assert answer["raised"] == ["9"]
    assert answer["change"] == INSTRUMENTS["phq9"].change(15, 9)


def test_a_total_is_scored_without_its_answers(client):
    assert score(client, total=20).json()["severity"] == INSTRUMENTS["phq9"].severity(20)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"answers": {"1": 1}}, "answers.2"),
        ({"answers": {"1": 9}}, "answers.1"),
        ({"total": 99}, "total"),
        ({}, "answers"),
        ({"answers": {"1": 1}, "total": 3}, "answers"),
    ],
)
def test_what_cannot_be_scored_is_refused_by_its_field(client, body, field):
    response = score(client, **body)

    assert response.status_code == 400
    assert response.json()["field"] == field


def test_an_unknown_scale_is_not_found(client):
    assert client.get(f"{ADDRESS}no-such/").status_code == 404
