"""Callers of the API, one for each role, each with a real token."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from api.authentication import forget_tokens
from recommender.services import access
from recommender.services.access import Role

Call = Callable[..., APIClient]


@pytest.fixture(autouse=True)
def _no_remembered_tokens():
    forget_tokens()
    yield
    forget_tokens()


@pytest.fixture
def anonymous() -> APIClient:
    """Somebody who doesn't say who they are."""
    return APIClient(raise_request_exception=False)


@pytest.fixture
def caller(db) -> Call:
    """A program with these roles: `caller(Role.CLINICIAN)`."""

    def make(*roles: Role, name: str = "") -> APIClient:
        made = access.create_client(
            name=name or "-".join(("client", *sorted(roles))), roles=frozenset(roles), by="test"
        )
        client = APIClient(raise_request_exception=False)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {made.secret}")
        return client

    return make


@pytest.fixture
def clinician(caller: Call) -> APIClient:
    return caller(Role.CLINICIAN)


@pytest.fixture
def dataset_admin(caller: Call) -> APIClient:
    return caller(Role.DATASET_ADMIN)


@pytest.fixture
def auditor(caller: Call) -> APIClient:
    return caller(Role.AUDITOR)
