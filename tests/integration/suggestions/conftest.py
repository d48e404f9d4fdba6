"""A live version that answers, and callers who may ask it."""

import uuid

import pytest
from rest_framework.test import APIClient

from api.authentication import forget_tokens
from recommender.services import access, registry
from recommender.services.access import Role
from tests import learned


@pytest.fixture(autouse=True)
def no_memory_of_other_tests():
    registry.forget()
    forget_tokens()


@pytest.fixture
def live_version(db):
    """A personalised, calibrated version of the depression pathway, learned from made-up cases."""
    return learned.a_live_version()


@pytest.fixture
def caller(db):
    """A program with this role."""

    def make(role=Role.CLINICIAN):
        made = access.create_client(name=uuid.uuid4().hex, roles=frozenset({role}), by="test")
        client = APIClient(raise_request_exception=False)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {made.secret}")
        client.username = made.token.user.username
        return client

    return make


@pytest.fixture
def clinician(caller):
    return caller(Role.CLINICIAN)
