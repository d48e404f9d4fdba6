"""Keeping programs running: started again, given up on, and stopped to the last one."""

import os
import signal
import sys
from pathlib import Path

import psutil
import pytest

from recommender.exceptions import OutOfReach
from recommender.management import supervisor
from recommender.management.supervisor import Program, Supervisor

ENDS = "import sys; print('no luck'); sys.exit(3)"
STAYS = "import time; print('here', flush=True); time.sleep(600)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + STAYS
PARENT = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {STAYS!r}]).wait()"


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """Its patience is in seconds; a test's isn't."""
    monkeypatch.setattr(supervisor, "PAUSE_S", 0.0)
    monkeypatch.setattr(supervisor, "GRACE_S", 1.0)
    monkeypatch.setattr(supervisor, "LOOK_EVERY_S", 0.05)


def python(code, name="program"):
    return Program(name, (sys.executable, "-c", code))


def keep(programs, *, until):
    """Run the programs until something was said, then ask to stop; what was said."""
    said = []

    def look():
        if until(said):
            os.kill(os.getpid(), signal.SIGTERM)

    Supervisor(programs, write=said.append).run(look)
    return said


@pytest.fixture
def left():
    """What runs below us now and didn't before; the suite has a worker of its own."""
    before = set(psutil.Process().children(recursive=True))
    return lambda: set(psutil.Process().children(recursive=True)) - before


def test_lines_carry_the_name_of_their_program():
    said = keep([python(STAYS, "one"), python(STAYS, "other")], until=lambda lines: len(lines) == 2)

    assert sorted(said) == ["one   | here", "other | here"]


def test_a_program_that_keeps_ending_stops_everything(left):
    said = []
    together = Supervisor([python(ENDS, "bad"), python(STAYS, "good")], write=said.append)

    with pytest.raises(OutOfReach, match="bad ended 5 times"):
        together.run(lambda: None)

    assert said.count("bad  | no luck") == 5
    assert left() == set()


def test_a_program_that_does_not_stop_is_killed(left):
    keep([python(STUBBORN)], until=bool)

    assert left() == set()


def test_what_a_program_started_is_stopped_with_it(left):
    keep([python(PARENT)], until=bool)

    assert left() == set()


def test_the_signals_do_afterwards_what_they_did_before():
    before = signal.getsignal(signal.SIGTERM)

    keep([python(STAYS)], until=bool)

    assert signal.getsignal(signal.SIGTERM) == before


def test_a_program_ends_when_its_supervisor_is_killed(tmp_path, eventually):
    note = tmp_path / "pid"
    stays = f"import os, pathlib; pathlib.Path({str(note)!r}).write_text(str(os.getpid())); {STAYS}"
    code = (
        "import sys; from recommender.management.supervisor import *; "
        f"Supervisor([Program('p', (sys.executable, '-c', {stays!r}))], write=print)"
        ".run(lambda: None)"
    )
    parent = psutil.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[3])
    eventually(lambda: note.exists() and note.read_text())
    child = psutil.Process(int(note.read_text()))

    parent.kill()
    parent.wait()

    eventually(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
