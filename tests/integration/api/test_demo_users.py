"""Log-ins for a look around."""

import json

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import override_settings

from recommender import models
from recommender.exceptions import Refused
from recommender.services import access, demo_users
from recommender.services.access import Role

pytestmark = pytest.mark.django_db


def test_there_is_one_for_each_role_and_one_for_everything():
    demo_users.create(by="test")

    roles = {user.username: access.roles_of(user) for user in User.objects.all()}

    assert {role for held in roles.values() for role in held} == set(Role)
    assert User.objects.get(is_superuser=True).username == "admin"


def test_their_passwords_work_and_making_them_again_changes_nothing():
    demo_users.create(by="test")
    User.objects.get(username="clinician").set_password("x")
    before = list(User.objects.order_by("pk").values())

    demo_users.create(by="test")

    assert list(User.objects.order_by("pk").values()) == before
    for demo in demo_users.DEMO_USERS:
        assert User.objects.get(username=demo.username).check_password(demo.password)


@override_settings(PRODUCTION=True)
def test_production_has_none():
    with pytest.raises(Refused):
        demo_users.create(by="test")

    assert not User.objects.exists()


def test_a_client_is_made_by_command_and_its_token_works(client, capsys):
    call_command("create_api_client", "ward-7", "--role", "auditor", "--days", "3", "--json")

    made = json.loads(capsys.readouterr().out)
    answer = client.get("/api/v1/audit-events/", HTTP_AUTHORIZATION=f"Bearer {made['token']}")
    assert answer.status_code == 200
    assert models.ApiToken.objects.get().expires is not None


@pytest.mark.parametrize(
    "arguments",
    [
        ("x", "--role", "wizard"),
        ("bad name", "--role", "auditor"),
        ("x", "--role", "auditor", "--days", "0"),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_a_client_that_cannot_be_made_is_refused_with_exit_2(run_command, arguments):
    ended = run_command("create_api_client", *arguments)

    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
