"""Training runs, asked for and watched by a program."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from asgiref.sync import async_to_sync
from django.db import connections
from django.test import override_settings
from django.utils import timezone

from api.v1 import run_events
from recommender import models
from recommender.services.progress import with_line
from tests.published import a_published_dataset

RUNS = "/api/v1/training-runs/"


@pytest.fixture
def dataset(db):
    return a_published_dataset(cases=20)


@pytest.mark.django_db
def test_a_run_is_accepted_and_can_be_followed(dataset_admin, dataset):
    answer = dataset_admin.post(RUNS, {"pathway": "depression", "recipe": "popularity", "seed": 7})

    assert answer.status_code == 202
    run = dataset_admin.get(answer["Location"]).json()
    assert (run["status"], run["recipe_name"], run["seed"]) == ("queued", "popularity", 7)
    assert run["datasets"] == [{"id": dataset.pk, "name": "small", "version": 1}]
    assert run["model_version"] is None


@pytest.mark.django_db
def test_a_recipe_of_ones_own_can_be_sent(dataset_admin, dataset):
    recipe = {"name": "mine", "recommenders": ["popularity"], "folds": 3}

    answer = dataset_admin.post(RUNS, {"pathway": "depression", "recipe": recipe})

    assert answer.json()["recipe"]["folds"] == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 400, "pathway"),
        ({"pathway": "nowhere"}, 404, "pathway"),
        ({"pathway": "depression", "recipe": "magic"}, 404, "recipe"),
        (
            {"pathway": "depression", "recipe": {"name": "x", "recommenders": []}},
            400,
            "recommenders",
        ),
        ({"pathway": "depression", "recipe": {"magic": 1}}, 400, "magic"),
        ({"pathway": "depression", "datasets": ["nothing"]}, 404, "datasets"),
        ({"pathway": "depression", "datasets": "small"}, 400, "datasets"),
        ({"pathway": "depression", "seed": -1}, 400, "seed"),
    ],
)
def test_a_run_that_cannot_be_is_refused_by_its_field(dataset_admin, dataset, body, status, field):
    answer = dataset_admin.post(RUNS, body)

    assert (answer.status_code, answer.json()["field"]) == (status, field)
    assert not models.TrainingRun.objects.exists()


@pytest.mark.django_db
def test_a_waiting_run_is_cancelled_at_once_and_only_once(dataset_admin, dataset):
    address = dataset_admin.post(RUNS, {"pathway": "depression"})["Location"]

    assert dataset_admin.post(f"{address}cancel/").json()["status"] == "cancelled"
    assert dataset_admin.post(f"{address}cancel/").status_code == 409


@pytest.mark.django_db
def test_a_list_costs_as_many_queries_for_many_as_for_one(
    dataset_admin, dataset, django_assert_num_queries
):
    for _ in range(4):
        dataset_admin.post(RUNS, {"pathway": "depression"})

    with django_assert_num_queries(2):
        runs = dataset_admin.get(RUNS).json()["results"]

    assert len(runs) == 4
    assert "log" not in runs[0]


@pytest.fixture
def run(transactional_db):
    area = models.Pathway.objects.create(slug="depression", title="Depression")
    log = with_line(with_line([], "Asked for"), "Reading")
    return models.TrainingRun.objects.create(
        pathway=area,
        recipe_name="default",
        recipe={},
        seed=1,
        requested_by="test",
        log=log,
        status=models.TrainingRun.Status.RUNNING,
        lease_until=timezone.now(),
        share_done=0.25,
    )


def end(run):
    log = with_line(run.log, "Done")
    models.TrainingRun.objects.filter(pk=run.pk).update(
        status="succeeded", share_done=1.0, log=log, finished=timezone.now()
    )


def read(parts):
    """Events as (name, id, content); comments and retry are left out."""
    events = []
    for block in b"".join(parts).decode().split("\n\n"):
        fields = dict(
            line.split(": ", 1) for line in block.splitlines() if not line.startswith(":")
        )
        if "event" in fields:
            events.append((fields["event"], fields.get("id"), json.loads(fields["data"])))
    return events


def everything(run, after=""):
    async def collect():
        return [part async for part in run_events.events_of(run.pk, after)]

    return read(run_until_done(collect))


def run_until_done(work):
    """Run in an event loop, and close the connection of the one thread that looks at the row."""

    async def closing():
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        try:
            return await work()
        finally:
            await asyncio.to_thread(connections.close_all)

    return async_to_sync(closing)()


def test_a_run_that_has_ended_is_told_from_its_beginning_to_its_end(run):
    end(run)

    events = everything(run)

    assert [(name, content.get("message")) for name, _, content in events] == [
        ("log", "Asked for"),
        ("log", "Reading"),
        ("log", "Done"),
        ("progress", None),
        ("end", None),
    ]
    assert events[-1][2]["status"] == "succeeded"


def test_a_client_that_comes_back_goes_on_where_it_stopped(run):
    end(run)
    second = run.log[1]["at"]

    first = everything(run, after=second)[0]

    assert first[2]["message"] == "Done"


def test_a_run_is_told_while_it_goes(run, monkeypatch):
    monkeypatch.setattr(run_events, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(run_events, "HEARTBEAT_SECONDS", 0.03)
    parts = []

    async def watch():
        async for part in run_events.events_of(run.pk, ""):
            parts.append(part)
            if part.startswith(b": "):
                await asyncio.to_thread(end, run)

    run_until_done(watch)

    assert b": still here\n\n" in parts
    assert [content["share_done"] for name, _, content in read(parts) if name == "progress"] == [
        0.25,
        1.0,
    ]
    assert read(parts)[-1][0] == "end"


def test_streams_are_limited(run, dataset_admin):
    with override_settings(MAX_EVENT_STREAMS=0):
        answer = dataset_admin.get(f"{RUNS}{run.pk}/events/")

    assert answer.status_code == 503
    assert answer.json()["code"] == "busy"


def test_an_event_stream_can_be_asked_for_by_its_kind(run, dataset_admin):
    answer = dataset_admin.get(f"{RUNS}{run.pk}/events/", HTTP_ACCEPT="text/event-stream")

    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/event-stream"
