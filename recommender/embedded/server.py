"""Starting, finding and stopping the embedded server.

Whether it lives is told by a lock that all its processes hold, never by a process number: numbers
are used again, and a dead process that nobody waited for still has one.
"""

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from recommender.embedded import cluster
from recommender.embedded.accounts import choose_account
from recommender.embedded.errors import EmbeddedServerError
from recommender.embedded.locks import holding, is_held
from recommender.embedded.places import DATABASE, PORT, SUPERUSER, Places, places_under
from recommender.embedded.queue import is_queue_installed

START_TIMEOUT_S = 120  # a crash recovery with much to replay is slow
STOP_TIMEOUT_S = 30
PAUSE_S = 0.02


@dataclass(frozen=True, slots=True)
class Status:
    """What there is to know about an embedded server without changing it."""

    running: bool
    pid: int | None
    version: str | None
    queue: bool
    data: Path
    socket: Path
    log: Path


def ensure_running(state_dir: Path) -> bool:
    """Start the server, database and queue unless they are there; whether it was started."""
    places = places_under(state_dir)
    if _is_ready(places):
        return False
    state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with holding(places.starter_lock):
        if _is_ready(places):
            return False
        started = _start(places)
        cluster.provision(places)
    return started


def stop(state_dir: Path) -> bool:
    """Stop the server and wait until all its processes are gone; whether one was running."""
    places = places_under(state_dir)
    if not places.home.exists():
        return False
    with holding(places.starter_lock):
        was_running = is_held(places.alive_lock)
        # Fast first: open transactions are rolled back. Immediate loses nothing that was
        # committed either, but the next start has to recover.
        for how in (signal.SIGINT, signal.SIGQUIT):
            if not is_held(places.alive_lock):
                break
            _tell(places, how)
            _wait_until_gone(places, STOP_TIMEOUT_S)
        if is_held(places.alive_lock):
            raise EmbeddedServerError(f"PostgreSQL does not stop; see {places.log}.")
        cluster.remove_far_socket_dir(places)
    return was_running


def status(state_dir: Path) -> Status:
    """Look at the server without starting it."""
    places = places_under(state_dir)
    version, queue = None, False
    try:
        with _connect(places) as connection:
            version = connection.execute("SHOW server_version").fetchone()
            queue = is_queue_installed(connection)
    except psycopg.OperationalError:
        pass
    return Status(
        running=version is not None,
        pid=_postmaster(places) if version else None,
        version=str(version[0]) if version else None,
        queue=queue,
        data=places.data,
        socket=places.socket_dir,
        log=places.log,
    )


def _start(places: Places) -> bool:
    if is_held(places.alive_lock):
        # It is starting, stopping or recovering, or outlives its first process by a moment.
        if _wait_until_accepting(places):
            return False
        _wait_until_gone(places, STOP_TIMEOUT_S)
    account = choose_account()
    cluster.prepare(places, account)
    _forget_the_dead(places)
    with places.log.open("ab") as log:
        launched = subprocess.run(
            account.command(*cluster.server_command(places), lock=places.alive_lock),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=False,
        )
    if launched.returncode != 0 or not _wait_until_accepting(places):
        raise EmbeddedServerError(
            f"PostgreSQL did not start: {_last_line(places.log)} (all of it in {places.log})."
        )
    return True


def _connect(places: Places, database: str = DATABASE) -> psycopg.Connection:
    return psycopg.connect(
        host=str(places.socket_dir),
        port=PORT,
        user=SUPERUSER,
        dbname=database,
        connect_timeout=5,
        autocommit=True,
    )


def _is_ready(places: Places) -> bool:
    try:
        with _connect(places) as connection:
            return is_queue_installed(connection)
    except psycopg.OperationalError:
        return False


def _is_accepting(places: Places) -> bool:
    try:
        _connect(places, database="postgres").close()
    except psycopg.OperationalError:
        return False
    return True


def _wait_until_accepting(places: Places) -> bool:
    """Whether it came to answer; False when it died first."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if _is_accepting(places):
            return True
        if not is_held(places.alive_lock):
            return False
        time.sleep(PAUSE_S)
    raise EmbeddedServerError(
        f"PostgreSQL runs but does not answer after {START_TIMEOUT_S} s; see {places.log}."
    )


def _wait_until_gone(places: Places, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while is_held(places.alive_lock) and time.monotonic() < deadline:
        time.sleep(PAUSE_S)


def _postmaster(places: Places) -> int | None:
    """The server's first process, if its record is there and speaks of a process of this server."""
    try:
        pid = int(places.postmaster_file.read_bytes().split(b"\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None
    return pid if _works_in(pid, places.data) else None


def _works_in(pid: int, folder: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").samefile(folder)
    except OSError:
        # No /proc on this system, so the record has to be believed; on Linux it's another's
        # process, or none.
        return not Path("/proc/self/cwd").exists()


def _tell(places: Places, how: signal.Signals) -> None:
    pid = _postmaster(places)
    if pid is None:
        return
    try:
        os.kill(pid, how)
    except ProcessLookupError:
        return


def _forget_the_dead(places: Places) -> None:
    """Remove records of a dead server whose process number somebody else has by now.

    The lock has told that no process of ours is left. PostgreSQL clears up after a number that
    nobody has, but takes any living process for a server.
    """
    for record in (
        places.postmaster_file,
        places.socket_dir / f".s.PGSQL.{PORT}.lock",
    ):
        if record.exists() and _is_taken(record):
            record.unlink()


def _is_taken(record: Path) -> bool:
    try:
        os.kill(abs(int(record.read_bytes().split(b"\n", 1)[0])), 0)
    except ProcessLookupError:
        return False
    except (ValueError, PermissionError):
        return True
    return True


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
