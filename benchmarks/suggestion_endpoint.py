"""The suggestion endpoint's share of a bare Django JsonResponse on the same server.

What a caller waits for is all there: token, role, throttle, the case checked, scored, screened,
ranked and explained, the list and its audit event committed, a log line, the metrics. The bare
endpoint runs without middleware behind the same front. Both have one worker on one core and eight
keep-alive connections; rounds alternate, so that a busy machine slows both.
"""

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django

from benchmarks import http_load
from recommender import embedded

FLOOR = 0.12
CONNECTIONS = 8
ROUNDS = 5
SECONDS = 4.0
WARM_UP_SECONDS = 2.0
ROOT = Path(__file__).resolve().parent.parent
START_TIMEOUT_S = 60


def main() -> int:
    """Measure; 0 when the floor is reached."""
    with _state() as state:
        token, case = _prepare()
        log = state / "servers.log"
        with (
            _server("api.asgi:application", log) as real,
            _server("benchmarks.bare:application", log) as bare,
        ):
            _keep_to_another_core()
            shares = _measure(real, bare, token, case)
    share = statistics.median(shares)
    reached = share >= FLOOR
    print(f"suggestion endpoint: {share:.1%} of a bare JsonResponse (floor {FLOOR:.0%})")
    print("PASS" if reached else "FAIL")
    return 0 if reached else 1


def _measure(real: int, bare: int, token: str, case: dict[str, Any]) -> list[float]:
    """The share in each round."""
    suggestion = http_load.post("/api/v1/suggestions/", json.dumps(case).encode(), token=token)
    plain = http_load.get("/bare/")
    shares = []
    for number in range(ROUNDS + 1):
        seconds = SECONDS if number else WARM_UP_SECONDS
        with_all = http_load.rate(
            real, suggestion, status=201, connections=CONNECTIONS, seconds=seconds
        )
        without = http_load.rate(bare, plain, status=200, connections=CONNECTIONS, seconds=seconds)
        if number:
            shares.append(with_all / without)
            print(
                f"round {number}: {with_all:,.0f} suggestion lists a second, "
                f"{without:,.0f} bare answers a second: {shares[-1]:.1%}",
                flush=True,
            )
    return shares


def _prepare() -> tuple[str, dict[str, Any]]:
    """Tables, catalogue, a live version and a client; answers the token and a request."""
    from django.core.management import call_command  # noqa: PLC0415 - after django.setup()

    from benchmarks import simulated_pathway  # noqa: PLC0415
    from recommender.services import access  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    call_command("load_catalogue", verbosity=0)
    version = simulated_pathway.make_live()
    request = simulated_pathway.request()
    print(f"{version}; a case with {len(request['case']['findings'])} findings")
    client = access.create_client(
        name="benchmark", roles=frozenset({access.Role.CLINICIAN}), by="benchmark"
    )
    return client.secret, request


@contextmanager
def _state() -> Iterator[Path]:
    """A PostgreSQL of its own, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    os.environ.update(
        STATE_DIR=str(folder),
        DJANGO_SETTINGS_MODULE="recommender.settings",
        THROTTLE_PER_MINUTE=str(10**9),
    )
    try:
        embedded.ensure_running(folder)
        django.setup()
        yield folder
    finally:
        embedded.stop(folder)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _server(application: str, log: Path) -> Iterator[int]:
    """One granian as `manage.py serve` starts it, on the first core; answers its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with log.open("ab") as output:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "granian", "--interface", "asgi", "--port", str(port)),
                *("--log-level", "warning", application),
            ],
            cwd=ROOT,
            stdout=output,
            stderr=output,
        )
    os.sched_setaffinity(process.pid, {min(os.sched_getaffinity(0))})
    try:
        _wait_for(port, process, log)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"The server didn't start:\n{log.read_text(errors='replace')}")
            time.sleep(0.05)


def _keep_to_another_core() -> None:
    """Keep the caller off the servers' core, where there are several."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


if __name__ == "__main__":
    sys.exit(main())
