"""A request that is sent twice happens once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from api.authentication import forget_tokens
from recommender import models
from recommender.services import access, idempotency
from recommender.services.access import Role

PATHWAYS = "/api/v1/pathways/"
GRIEF = {"slug": "grief", "title": "Grief"}
SLEEP = {"slug": "sleep", "title": "Sleep"}


def send(client, body, key="one"):
    return client.post(PATHWAYS, body, HTTP_IDEMPOTENCY_KEY=key)


@pytest.mark.django_db
def test_the_same_request_with_the_same_key_gets_the_first_answer_again(dataset_admin):
    first = send(dataset_admin, GRIEF)
    again = send(dataset_admin, GRIEF)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again["Location"] == first["Location"]
    assert again["Idempotent-Replayed"] == "true"
    assert models.Pathway.objects.count() == 1


@pytest.mark.django_db
def test_another_request_with_the_same_key_is_refused(dataset_admin):
    send(dataset_admin, GRIEF)

    answer = send(dataset_admin, SLEEP)

    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency-key-reused"
    assert models.Pathway.objects.count() == 1


@pytest.mark.django_db
def test_the_same_key_of_another_caller_is_another_key(caller):
    send(caller(Role.DATASET_ADMIN, name="first"), GRIEF)

    assert send(caller(Role.DATASET_ADMIN, name="second"), SLEEP).status_code == 201


@pytest.mark.django_db
def test_a_request_that_failed_does_not_use_the_key_up(dataset_admin):
    refused = send(dataset_admin, {"slug": "NOT A SLUG", "title": "Grief"})

    assert refused.status_code == 400
    assert send(dataset_admin, GRIEF).status_code == 201


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "with space", "ü", "x" * 101])
def test_a_key_that_cannot_be_kept_is_refused(dataset_admin, key):
    answer = send(dataset_admin, GRIEF, key=key)

    assert answer.status_code == 400
    assert answer.json()["field"] == "Idempotency-Key"


@pytest.mark.django_db
def test_without_a_key_nothing_is_kept(dataset_admin):
    dataset_admin.post(PATHWAYS, GRIEF)

    assert not models.IdempotencyKey.objects.exists()


@pytest.mark.django_db
def test_a_key_is_forgotten_after_a_day(dataset_admin):
    send(dataset_admin, GRIEF, key="old")
    models.IdempotencyKey.objects.update(created=timezone.now() - timedelta(hours=25))
    send(dataset_admin, SLEEP, key="young")

    assert idempotency.forget_old() == 1
    assert models.IdempotencyKey.objects.get().key == "young"


@pytest.mark.django_db(transaction=True)
def test_twins_at_the_same_moment_happen_once_and_hear_the_same():
    forget_tokens()
    secret = access.create_client(
        name="ehr", roles=frozenset({Role.DATASET_ADMIN}), by="test"
    ).secret
    together = threading.Barrier(6)

    def twin(_):
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        together.wait()
        try:
            answer = send(client, GRIEF)
            return answer.status_code, answer.content
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        answers = set(threads.map(twin, range(6)))

    assert len(answers) == 1
    assert answers.pop()[0] == 201
    assert models.Pathway.objects.count() == 1
    assert models.AuditEvent.objects.filter(action="pathway.created").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_twin_that_waits_too_long_is_told_that_the_first_is_still_at_work(monkeypatch):
    forget_tokens()
    monkeypatch.setattr("api.idempotency.WAIT_SECONDS", 1)
    made = access.create_client(name="ehr", roles=frozenset({Role.DATASET_ADMIN}), by="test")
    claimed, done = threading.Event(), threading.Event()

    def first():
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            idempotency.claim(actor="ehr", key="one", request_digest="x", wait_seconds=1)
            claimed.set()
            done.wait()
            cursor.execute("ROLLBACK")
        connection.close()

    holder = threading.Thread(target=first)
    holder.start()
    claimed.wait()
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {made.secret}")

    try:
        answer = send(client, GRIEF)
    finally:
        done.set()
        holder.join()

    assert answer.status_code == 409
    assert answer.json()["code"] == "request-in-progress"
