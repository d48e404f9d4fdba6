"""Keep a few programs running side by side until they're told to stop, and leave nothing behind.

Not honcho or the like: they stop everything when one program ends, and leave the programs running
when they are killed themselves.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType

from recommender.exceptions import OutOfReach
from recommender.management import with_parent

LOOK_EVERY_S = 0.2
GRACE_S = 15  # for requests and short tasks; a training run is taken up again later
MOST_STARTS, WITHIN_S = 5, 60.0
PAUSE_S = 2.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Program:
    """Something to keep running, and the name its lines carry."""

    name: str
    command: tuple[str, ...]


@dataclass(slots=True)
class Running:
    """A program's present process, and when it was started lately."""

    program: Program
    starts: list[float] = field(default_factory=list)
    process: subprocess.Popen[str] | None = None
    reader: threading.Thread | None = None


class Supervisor:
    """Starts the programs, starts them again when they end, stops them when asked to."""

    def __init__(self, programs: Sequence[Program], *, write: Callable[[str], None]) -> None:
        self._running = [Running(program) for program in programs]
        self._write = write
        self._writing = threading.Lock()
        self._width = max(len(program.name) for program in programs)
        self._stops = 0

    def run(self, look_after: Callable[[], None]) -> None:
        """Return when a signal asked for it and all programs are gone.

        `look_after` is called now and then: the programs need more than each other.
        """
        before = {number: signal.signal(number, self._asked_to_stop) for number in STOP_SIGNALS}
        try:
            while not self._stops:
                self._start_what_is_down()
                look_after()
                time.sleep(LOOK_EVERY_S)
        finally:
            self._stop_all()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _asked_to_stop(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._stops += 1

    def _start_what_is_down(self) -> None:
        for running in self._running:
            if running.process is None:
                self._start(running)
            elif running.process.poll() is not None and self._may_start(running):
                self._clear_away(running)
                self._say(running, f"ended with code {running.process.returncode}")
                self._start(running)

    def _may_start(self, running: Running) -> bool:
        return time.monotonic() - running.starts[-1] > PAUSE_S

    def _start(self, running: Running) -> None:
        now = time.monotonic()
        running.starts = [start for start in running.starts if now - start < WITHIN_S]
        if len(running.starts) >= MOST_STARTS:
            raise OutOfReach(
                f"The {running.program.name} ended {MOST_STARTS} times within a minute, so "
                "everything was stopped. What it said last is above."
            )
        if running.starts:
            self._say(running, "starting again")
        running.starts.append(now)
        # The wrapper is told by the kernel when we're gone; a group of its own, so that Ctrl-C
        # at the terminal reaches us alone and we stop the programs in order.
        command = [sys.executable, with_parent.__file__, str(os.getpid()), *running.program.command]
        running.process = subprocess.Popen(  # noqa: S603 - the command is our own  # nosec B603
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        running.reader = threading.Thread(target=self._pass_on, args=[running, running.process])
        running.reader.start()

    def _pass_on(self, running: Running, process: subprocess.Popen[str]) -> None:
        if process.stdout is None:
            return
        with process.stdout as lines:
            for line in lines:
                self._say(running, line.rstrip("\n"))

    def _say(self, running: Running, text: str) -> None:
        with self._writing:
            self._write(f"{running.program.name:<{self._width}} | {text}")

    def _stop_all(self) -> None:
        """Ask all to end; who doesn't in time, or when asked a second time, is killed."""
        for running in self._running:
            if running.process is not None and running.process.poll() is None:
                running.process.terminate()
        deadline = time.monotonic() + GRACE_S
        while self._some_live() and time.monotonic() < deadline and self._stops < 2:
            time.sleep(LOOK_EVERY_S / 4)
        for running in self._running:
            self._clear_away(running)

    def _some_live(self) -> bool:
        return any(
            running.process is not None and running.process.poll() is None
            for running in self._running
        )

    def _clear_away(self, running: Running) -> None:
        """Leave nothing of the program's process group."""
        if running.process is None:
            return
        with suppress(ProcessLookupError):  # all of it has ended
            os.killpg(running.process.pid, signal.SIGKILL)
        running.process.wait()
        if running.reader is not None:
            running.reader.join()
