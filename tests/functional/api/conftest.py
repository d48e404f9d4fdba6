"""The real web server on the test's database."""

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from recommender.services import access
from recommender.services.access import Role
from tests.web_server import Server

BODY_SECONDS = 2
MAX_BODY_BYTES = 64 * 1024
MAX_UPLOAD_BYTES = 8 * 1024 * 1024


@pytest.fixture(scope="session")
def server(environment: dict[str, str]) -> Iterator[Server]:
    """A server with tight limits, for the rest of the run."""
    limits = {
        "BODY_SECONDS": str(BODY_SECONDS),
        "UPLOAD_IDLE_SECONDS": str(BODY_SECONDS),
        "MAX_BODY_BYTES": str(MAX_BODY_BYTES),
        "MAX_UPLOAD_BYTES": str(MAX_UPLOAD_BYTES),
    }
    folder = Path(settings.STATE_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    started = Server({**os.environ, **environment, **limits}, folder / f"{uuid.uuid4().hex}.log")
    try:
        started.wait_until_ready()
        yield started
    finally:
        started.process.terminate()
        started.process.wait(30)


@pytest.fixture
def token_of(transactional_db: None) -> Callable[..., dict[str, str]]:
    """Headers of a caller with these roles."""

    def make(*roles: Role) -> dict[str, str]:
        made = access.create_client(name=uuid.uuid4().hex, roles=frozenset(roles), by="test")
        return {"Authorization": f"Bearer {made.secret}"}

    return make
