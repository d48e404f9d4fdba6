"""Real Celery workers for tests: started, waited for, and stopped or killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from recommender.management import with_parent

ROOT = Path(__file__).parent.parent
OPTIONS = [
    *("-m", "celery", "-A", "tasks.celery", "worker", "--concurrency=1", "--loglevel=INFO"),
    # What workers tell each other costs a second at the start, and there's nobody to tell.
    *("--without-gossip", "--without-mingle", "--without-heartbeat"),
]
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 20


class Worker:
    """One `celery worker` with its pool, in a process group of its own."""

    def __init__(self, *, environment: dict[str, str], log: Path) -> None:
        self.log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    with_parent.__file__,
                    str(os.getpid()),
                    sys.executable,
                    *OPTIONS,
                    f"--hostname={log.stem}@localhost",
                ],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        """Return when it takes tasks; say what it printed if it ends instead."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while " ready." not in self.output:
            assert self._process.poll() is None, f"The worker ended:\n{self.output}"
            assert time.monotonic() < deadline, f"The worker doesn't start:\n{self.output}"
            time.sleep(0.05)

    @property
    def output(self) -> str:
        """Everything it has printed."""
        return self.log.read_text(errors="replace")

    def stop(self) -> None:
        """Let it finish its task, then end; kill it if it takes too long."""
        if self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """Kill it and its pool on the spot, as a power cut would."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
