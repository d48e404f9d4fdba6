"""Tokens and sessions: who is recognised, and when no longer."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.urls import reverse
from rest_framework.test import APIClient

from api import authentication
from recommender import models
from recommender.exceptions import Refused
from recommender.services import access
from recommender.services.access import Role

pytestmark = pytest.mark.django_db
CATALOGUE = "/api/v1/therapies/"


def with_token(secret: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def new_token(**arguments) -> access.NewToken:
    return access.create_client(
        name="ward-7", roles=frozenset({Role.EHR_CLIENT}), by="test", **arguments
    )


def test_a_secret_is_stored_as_a_digest_only():
    made = new_token()

    row = models.ApiToken.objects.values().get()

    assert made.secret not in str(row)
    assert with_token(made.secret).get(CATALOGUE).status_code == 200


def test_a_hot_call_costs_no_query_for_the_token(django_assert_num_queries):
    client = with_token(new_token().secret)
    client.get(CATALOGUE)

    with django_assert_num_queries(1):
        client.get(CATALOGUE)


def test_a_revoked_token_is_worthless_once_the_process_asks_again():
    made = new_token()
    client = with_token(made.secret)
    assert client.get(CATALOGUE).status_code == 200

    access.revoke_token(token=made.token, by="test")
    authentication.forget_tokens()

    assert client.get(CATALOGUE).status_code == 401


def test_a_process_asks_again_within_ten_seconds():
    assert authentication.CACHE_SECONDS <= 10


def test_revoking_twice_is_refused():
    made = new_token()
    access.revoke_token(token=made.token, by="test")

    with pytest.raises(Refused):
        access.revoke_token(token=made.token, by="test")


def test_a_token_ends_on_time_even_when_it_is_remembered():
    made = new_token(expires_in=timedelta(hours=1))
    client = with_token(made.secret)
    assert client.get(CATALOGUE).status_code == 200

    with time_machine.travel(made.token.expires + timedelta(seconds=1), tick=True):
        assert client.get(CATALOGUE).status_code == 401


def test_the_token_of_somebody_who_left_is_worthless():
    made = new_token()
    User.objects.update(is_active=False)

    assert with_token(made.secret).get(CATALOGUE).status_code == 401


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer x y", "bearer ä", "Bearer " + "x" * 9000]
)
def test_a_malformed_token_is_a_401(header):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=header)

    answer = client.get(CATALOGUE)

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="api"'


def test_a_person_cannot_be_turned_into_a_client():
    User.objects.create_user("dr-smith", password="a long enough one")

    with pytest.raises(Refused, match="A person has this name"):
        access.create_client(name="dr-smith", roles=frozenset(Role), by="test")


def test_a_session_reads_without_and_changes_only_with_the_csrf_token():
    user = User.objects.create_user("dr-smith", password="a long enough one")
    access.grant_roles(user=user, roles=frozenset({Role.DATASET_ADMIN}), by="test")
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    body = {"slug": "grief", "title": "Grief"}

    assert client.get(CATALOGUE).status_code == 200
    assert client.post("/api/v1/pathways/", body).status_code == 403

    client.get(reverse("login"))
    token = client.cookies["csrftoken"].value
    assert client.post("/api/v1/pathways/", body, HTTP_X_CSRFTOKEN=token).status_code == 201


def test_a_superuser_counts_as_a_dataset_admin_and_not_as_a_clinician():
    root = User.objects.create_superuser("root", password="a long enough one")

    assert access.roles_of(root) == {Role.DATASET_ADMIN}


def test_logging_in_with_wrong_passwords_locks_out(client):
    User.objects.create_user("dr-smith", password="a long enough one")
    attempt = {"username": "dr-smith", "password": "wrong"}

    statuses = [client.post(reverse("login"), attempt).status_code for _ in range(6)]

    assert statuses[0] == 200
    assert statuses[-1] == 429


def test_granting_roles_leaves_an_audit_event():
    new_token()

    actions = set(models.AuditEvent.objects.values_list("action", flat=True))

    assert {"user.roles_granted", "api_token.created"} <= actions
