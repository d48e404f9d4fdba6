"""Who may come in: people with roles from the start, clients whose token is shown once."""

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse

from recommender import models
from recommender.services import access, demo_users

pytestmark = pytest.mark.django_db
NEW_CLIENT = "admin:recommender_apitoken_add"
GIVEN = {"name": "ward-ehr", "roles": ["ehr_client"], "days": "30"}


@pytest.fixture
def log_in(client, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    demo_users.create(by="test")

    def as_(username):
        user = User.objects.get(username=username)
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return as_


def test_the_token_of_a_client_is_shown_once_and_works(log_in):
    client = log_in("admin")

    made = client.post(reverse(NEW_CLIENT), GIVEN)
    token = models.ApiToken.objects.get(name="ward-ehr")
    secret = made.context["made"].secret
    again = client.get(reverse("admin:recommender_apitoken_change", args=[token.pk]))

    assert secret in made.content.decode()
    assert "no-store" in made["Cache-Control"]
    assert secret not in again.content.decode()
    assert access.owner_of(access.digest_of(secret)).roles == {"ehr_client"}
    assert token.expires is not None


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": "no spaces"}, "letters, digits"),
        ({"name": "clinician"}, "A person has this name"),
        ({"roles": []}, "required"),
        ({"days": "0"}, "greater than or equal to 1"),
    ],
)
def test_what_is_wrong_with_a_client_is_said_and_no_token_made(log_in, changed, said):
    page = log_in("admin").post(reverse(NEW_CLIENT), GIVEN | changed)

    assert said in page.content.decode()
    assert not models.ApiToken.objects.exists()


def test_only_superusers_make_clients(log_in):
    assert log_in("dataset-admin").post(reverse(NEW_CLIENT), GIVEN).status_code == 403
    assert not models.ApiToken.objects.exists()


def test_a_person_is_added_with_roles_and_the_lists_say_who_may_what(log_in):
    client = log_in("admin")
    auditor = Group.objects.get(name="auditor")
    form = {
        "username": "new-auditor",
        "usable_password": "true",
        "password1": "correct horse battery",
        "password2": "correct horse battery",
        "groups": [auditor.pk],
        "is_staff": "on",
    }

    client.post(reverse("admin:auth_user_add"), form)
    people = client.get(reverse("admin:auth_user_changelist")).content.decode()
    groups = client.get(reverse("admin:auth_group_changelist")).content.decode()

    person = User.objects.get(username="new-auditor")
    assert access.roles_of(person) == {"auditor"}
    assert person.is_staff
    assert "new-auditor" in people
    assert "new-auditor" in groups
    assert models.AuditEvent.objects.get(action="user.created").version == "auditor"
