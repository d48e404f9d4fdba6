"""Real servers for benchmarks, each as `manage.py serve` starts its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_TIMEOUT_S = 60


@contextmanager
def server(
    application: str, log: Path, *, cores: Collection[int], workers: int = 1
) -> Iterator[int]:
    """One granian on these cores; answers its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with log.open("ab") as output:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "granian", "--interface", "asgi", "--port", str(port)),
                *("--workers", str(workers), "--log-level", "warning", application),
            ],
            cwd=ROOT,
            stdout=output,
            stderr=output,
        )
    os.sched_setaffinity(process.pid, cores)
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
