"""Alerts: red flags reach a clinician's list, and stay there until somebody takes them up."""

import pytest

from recommender import models
from recommender.services import audit
from recommender.services.access import Role
from tests.integration.suggestions.bodies import ADDRESS, sleepless

pytestmark = pytest.mark.django_db

ALERTS = "/api/v1/alerts/"


def given(client, item, **beside):
    body = sleepless(**beside)
    body["case"]["instruments"] = [{"instrument": "phq9", "answers": {"9": item}}]
    return client.post(ADDRESS, body, format="json").json()


def open_ones(client):
    return client.get(ALERTS, {"acknowledged": "false"}).json()["results"]


def test_only_an_urgent_list_is_an_alert(clinician, live_version):
    given(clinician, 0)
    urgent = given(clinician, 2)

    (alert,) = clinician.get(ALERTS).json()["results"]

    assert alert["id"] == urgent["id"]
    assert alert["red_flags"] == urgent["red_flags"]
    assert alert["acknowledged"] is None


def test_an_alert_stays_open_until_somebody_takes_it_up(clinician, live_version):
    urgent = given(clinician, 2)
    assert [each["id"] for each in open_ones(clinician)] == [urgent["id"]]

    answer = clinician.post(f"{ALERTS}{urgent['id']}/acknowledge/").json()

    assert answer["acknowledged"]["by"] == clinician.username
    assert open_ones(clinician) == []
    assert len(clinician.get(ALERTS, {"acknowledged": "true"}).json()["results"]) == 1
    event = models.AuditEvent.objects.latest("id")
    assert (event.action, event.target) == ("alert.acknowledged", urgent["id"])
    assert audit.verify().intact


def test_the_first_who_took_it_up_stays_on_record(clinician, caller, live_version):
    urgent = given(clinician, 2)
    clinician.post(f"{ALERTS}{urgent['id']}/acknowledge/")

    again = caller(Role.CLINICIAN).post(f"{ALERTS}{urgent['id']}/acknowledge/")

    assert again.status_code == 200
    assert again.json()["acknowledged"]["by"] == clinician.username
    assert models.AlertAcknowledgement.objects.count() == 1


def test_a_list_asked_for_with_its_flags_acknowledged_is_taken_up_already(clinician, live_version):
    given(clinician, 2, acknowledged=["suicidal_thoughts_phq9"])

    assert open_ones(clinician) == []
    (alert,) = clinician.get(ALERTS).json()["results"]
    assert alert["acknowledged"]["by"] == clinician.username


def test_a_list_without_urgency_cannot_be_acknowledged(clinician, live_version):
    ordinary = given(clinician, 0)

    assert clinician.post(f"{ALERTS}{ordinary['id']}/acknowledge/").status_code == 404
