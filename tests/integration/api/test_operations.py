"""How the service says how it is."""

import pytest
from django.test import override_settings

from api import operations
from recommender import models

pytestmark = pytest.mark.django_db


def test_a_process_that_answers_is_alive_without_asking_the_database(
    client, django_assert_num_queries
):
    with django_assert_num_queries(0):
        assert client.get("/livez").json() == {"status": "alive"}


def test_without_a_live_model_version_it_is_not_ready_and_says_so(client):
    models.Pathway.objects.create(slug="depression", title="Depression")

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == "ok"
    assert answer.json()["missing"] == [
        "model_versions: no pathway has a live model version; train and promote one"
    ]
    assert answer.json()["pathways_without_live_version"] == ["depression"]


def test_each_part_that_is_missing_is_named(client, monkeypatch):
    monkeypatch.setitem(operations.CHECKS, "broker", lambda: "the broker doesn't answer")

    assert "broker: the broker doesn't answer" in client.get("/readyz").json()["missing"]


def test_a_broker_that_is_away_is_found_out():
    assert operations.broker_problem("amqp://guest:guest@127.0.0.1:1//") != ""


def test_requests_are_counted_by_the_template_of_their_address(client):
    client.get("/api/v1/pathways/nowhere-of-a-case/")

    text = client.get("/metrics").content.decode()

    assert 'route="api/v1/pathways/<slug:slug>/"' in text
    assert "nowhere-of-a-case" not in text


def test_training_runs_are_counted_from_the_database(client):
    pathway = models.Pathway.objects.create(slug="depression", title="Depression")
    models.TrainingRun.objects.create(
        pathway=pathway, recipe_name="default", recipe={}, seed=1, requested_by="test"
    )

    text = client.get("/metrics").content.decode()

    assert 'recommender_training_runs{pathway="depression",status="queued"} 1.0' in text


@override_settings(METRICS_TOKEN="let-me-count")
def test_with_a_token_set_the_metrics_are_for_those_who_send_it(client):
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", HTTP_AUTHORIZATION="Bearer wrong").status_code == 401
    assert client.get("/metrics", HTTP_AUTHORIZATION="Bearer let-me-count").status_code == 200


@override_settings(PRODUCTION=True)
def test_production_without_a_metrics_token_keeps_its_metrics(client):
    assert client.get("/metrics").status_code == 401


def test_a_page_may_load_scripts_from_here_only(client):
    policy = client.get("/api/docs/")["Content-Security-Policy"]

    assert "script-src 'self';" in policy + ";"
    assert "unsafe" not in policy
