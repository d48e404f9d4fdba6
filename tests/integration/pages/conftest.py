"""People who have logged in, and lists that wait for them."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from recommender import models
from recommender.services import access, registry
from recommender.services.access import Role
from tests import learned

CASE = {
    "findings": [
        {"kind": "symptom", "code": "insomnia", "value": 3},
        {"kind": "symptom", "code": "fatigue", "value": 3},
    ],
    "responses": [{"therapy": "sertraline", "response": "none"}],
}


@pytest.fixture(autouse=True)
def no_memory_of_other_tests():
    registry.forget()


@pytest.fixture
def person():
    """Somebody with this role who has logged in."""

    def log_in(role, name=""):
        user = User.objects.create_user(name or f"a-{role}")
        access.grant_roles(user=user, roles=frozenset({role}), by="test")
        client = Client()
        client.force_login(user)
        return client

    return log_in


@pytest.fixture
def clinician(person):
    return person(Role.CLINICIAN)


@pytest.fixture
def live_version():
    return learned.a_live_version()


@pytest.fixture
def ask(clinician, live_version):
    """Ask through the API as the clinician, and give the list's record."""

    def send(**more):
        response = clinician.post(
            "/api/v1/suggestions/",
            {"pathway": "depression", "case": {**CASE, **more}},
            content_type="application/json",
        )
        return models.SuggestionList.objects.get(pk=response.json()["id"])

    return send
