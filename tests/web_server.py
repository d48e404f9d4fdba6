"""The real web server, as `manage.py serve` starts it, on the test's database."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[1]


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
        # One client for all tries: making one reads every authority that is trusted.
        with httpx.Client(timeout=5) as client:
            while True:
                try:
                    client.get(f"{self.url}/livez")
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
