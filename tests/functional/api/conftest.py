"""The real web server on the test's database."""

import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from django.conf import settings

from recommender.services import access
from recommender.services.access import Role

ROOT = Path(__file__).parents[3]
BODY_SECONDS = 2
MAX_BODY_BYTES = 64 * 1024
MAX_UPLOAD_BYTES = 8 * 1024 * 1024


class Server:
    """One granian with one process, and where it listens."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.log = log
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "granian", "--interface", "asgi"),
                    *("--port", str(self.port), "--log-level", "warning", "api.asgi:application"),
                ],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=output,
            )

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                httpx.get(f"{self.url}/livez", timeout=5)
                return
            except httpx.TransportError:
                assert self.process.poll() is None, f"It ended:\n{self.output}"
                assert time.monotonic() < deadline, f"It doesn't start:\n{self.output}"
                time.sleep(0.05)

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def connect(self, head: str) -> socket.socket:
        """A connection that has sent the head of a request and nothing else."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        connection.sendall(f"{head}\r\nHost: 127.0.0.1\r\n".encode())
        return connection


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def server(environment: dict[str, str]) -> Iterator[Server]:
    """A server with tight limits, for the tests of one module."""
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
