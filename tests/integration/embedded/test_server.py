"""The embedded server: started once, found again, stopped, and whole after anything is killed."""

import os
import signal
import subprocess
from contextlib import closing, suppress
from pathlib import Path

import psycopg
import pytest

from recommender import embedded
from tests.integration.embedded.conftest import NOBODY

ROOT = Path(__file__).parents[3]


def remember(connection, word):
    connection.execute("CREATE TABLE IF NOT EXISTS words (word text)")
    connection.execute("INSERT INTO words VALUES (%s)", [word])


def remembered(connection):
    return [word for (word,) in connection.execute("SELECT word FROM words")]


def processes_of(state_dir):
    """Every process that works in the server's directory, its first one last."""
    data = state_dir / "postgres" / "data"
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (folder / "cwd").readlink() == data:
                found.append(int(folder.name))
        except OSError:
            continue
    return sorted(found, reverse=True)


def test_the_first_start_makes_a_server_with_database_and_queue(state_dir, connect):
    started = embedded.ensure_running(state_dir)

    assert started
    with connect(state_dir) as connection:
        assert embedded.is_queue_installed(connection)


def test_a_running_server_is_found_and_not_started_again(state_dir):
    embedded.ensure_running(state_dir)
    first = embedded.status(state_dir).pid

    started = embedded.ensure_running(state_dir)

    assert not started
    assert embedded.status(state_dir).pid == first


def test_the_server_outlives_the_command_that_started_it(state_dir, start_command, connect):
    subprocess.run([*start_command, str(state_dir)], check=True, cwd=ROOT)

    with connect(state_dir) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_commands_that_start_it_at_once_get_one_server(state_dir, start_command):
    commands = [subprocess.Popen([*start_command, str(state_dir)], cwd=ROOT) for _ in range(4)]

    assert [command.wait(timeout=60) for command in commands] == [0, 0, 0, 0]
    postmasters = [
        pid
        for pid in processes_of(state_dir)
        if b"unix_socket_directories" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    assert postmasters == [embedded.status(state_dir).pid]


def test_committed_rows_survive_the_kill_of_the_first_process(state_dir, connect):
    embedded.ensure_running(state_dir)
    with connect(state_dir) as connection:
        remember(connection, "kept")

    os.kill(embedded.status(state_dir).pid, signal.SIGKILL)
    embedded.ensure_running(state_dir)

    with connect(state_dir) as connection:
        assert remembered(connection) == ["kept"]


def test_committed_rows_survive_the_kill_of_every_process(state_dir, connect):
    embedded.ensure_running(state_dir)
    with connect(state_dir) as connection:
        remember(connection, "kept")

    for pid in processes_of(state_dir):
        with suppress(ProcessLookupError):  # the others end when they see one killed
            os.kill(pid, signal.SIGKILL)
    embedded.ensure_running(state_dir)

    with connect(state_dir) as connection:
        assert remembered(connection) == ["kept"]


def test_a_command_killed_while_it_makes_the_files_is_made_good(state_dir, start_command, connect):
    unfinished = state_dir / "postgres" / "data.unfinished"
    command = subprocess.Popen([*start_command, str(state_dir)], cwd=ROOT, start_new_session=True)
    while not unfinished.exists():
        assert command.poll() is None
    os.killpg(command.pid, signal.SIGKILL)
    command.wait()

    embedded.ensure_running(state_dir)

    with connect(state_dir) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_stale_record_with_a_process_number_used_again_is_no_server(state_dir):
    embedded.ensure_running(state_dir)
    record = state_dir / "postgres" / "data" / "postmaster.pid"
    lines = record.read_text().splitlines()
    os.kill(int(lines[0]), signal.SIGKILL)
    embedded.ensure_running(state_dir)
    embedded.stop(state_dir)
    record.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

    started = embedded.ensure_running(state_dir)

    assert started
    assert embedded.status(state_dir).pid != os.getpid()


def test_stopping_never_signals_a_stranger_with_the_recorded_number(state_dir):
    embedded.ensure_running(state_dir)
    embedded.stop(state_dir)
    stranger = subprocess.Popen(["sleep", "60"])
    (state_dir / "postgres" / "data" / "postmaster.pid").write_text(f"{stranger.pid}\n")

    stopped = embedded.stop(state_dir)

    assert not stopped
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_stopping_leaves_no_process(state_dir):
    embedded.ensure_running(state_dir)

    stopped = embedded.stop(state_dir)

    assert stopped
    assert processes_of(state_dir) == []
    assert not embedded.status(state_dir).running


def test_stopping_ends_a_transaction_that_somebody_left_open(state_dir, connect):
    embedded.ensure_running(state_dir)
    with closing(connect(state_dir)) as forgotten:
        forgotten.execute("BEGIN")

        assert embedded.stop(state_dir)


def test_two_state_directories_have_two_servers(tmp_path, connect):
    one, other = tmp_path / "one", tmp_path / "other"
    try:
        embedded.ensure_running(one)
        embedded.ensure_running(other)
        with connect(one) as connection:
            remember(connection, "here")

        with connect(other) as connection, pytest.raises(psycopg.errors.UndefinedTable):
            remembered(connection)
    finally:
        embedded.stop(one)
        embedded.stop(other)


@pytest.mark.parametrize("name", ["d" * 120, "with a space", "with,comma", "mit-Umläut"])
def test_it_runs_wherever_the_state_directory_is(tmp_path, connect, name):
    state_dir = tmp_path / name
    try:
        embedded.ensure_running(state_dir)
        with connect(state_dir) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        embedded.stop(state_dir)
    socket_dir = embedded.status(state_dir).socket
    assert not socket_dir.is_relative_to("/tmp/recommender") or not socket_dir.exists()


def test_a_socket_directory_that_somebody_else_made_is_refused(tmp_path):
    state_dir = tmp_path / ("d" * 120)
    socket_dir = embedded.status(state_dir).socket
    socket_dir.symlink_to(tmp_path)
    try:
        with pytest.raises(embedded.EmbeddedServerError, match="somebody else"):
            embedded.ensure_running(state_dir)
    finally:
        socket_dir.unlink()


def test_nobody_else_gets_to_its_files(state_dir):
    embedded.ensure_running(state_dir)

    folders = (state_dir / "postgres", embedded.status(state_dir).socket)

    assert [folder.stat().st_mode & 0o777 for folder in folders] == [0o700, 0o700]


def test_its_log_holds_no_value_that_a_statement_held(state_dir, connect):
    embedded.ensure_running(state_dir)
    with connect(state_dir) as connection:
        connection.execute("CREATE TABLE words (word text UNIQUE)")
        connection.execute("INSERT INTO words VALUES ('telltale')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO words VALUES ('telltale')")
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            connection.execute("SELECT 'telltale'::int")

    assert "telltale" not in embedded.status(state_dir).log.read_text()


def test_data_of_another_major_version_is_refused_with_what_to_do(state_dir):
    embedded.ensure_running(state_dir)
    embedded.stop(state_dir)
    (state_dir / "postgres" / "data" / "PG_VERSION").write_text("16\n")

    with pytest.raises(embedded.EmbeddedServerError, match="STATE_DIR"):
        embedded.ensure_running(state_dir)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_it_runs_as_an_ordinary_user(open_to_others, as_nobody):
    state_dir = open_to_others / "state"
    state_dir.mkdir()
    os.chown(state_dir, NOBODY, NOBODY)

    started = as_nobody(f"e.ensure_running(pathlib.Path({str(state_dir)!r}))")
    owner = (state_dir / "postgres" / "data").stat().st_uid
    stopped = as_nobody(f"assert e.stop(pathlib.Path({str(state_dir)!r}))")

    assert (started.returncode, started.stderr) == (0, "")
    assert owner == NOBODY
    assert (stopped.returncode, stopped.stderr) == (0, "")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another account")
def test_where_user_namespaces_are_forbidden_root_runs_it_as_a_plain_account(
    open_to_others, monkeypatch, connect
):
    state_dir = open_to_others / "state"
    monkeypatch.setattr("recommender.embedded.accounts.STAND_INS", ())
    try:
        embedded.ensure_running(state_dir)
        pid = embedded.status(state_dir).pid
        with connect(state_dir) as connection:
            remember(connection, "kept")

        assert Path(f"/proc/{pid}").stat().st_uid != 0

        embedded.stop(state_dir)
        monkeypatch.undo()
        embedded.ensure_running(state_dir)
        with connect(state_dir) as connection:
            assert remembered(connection) == ["kept"]
    finally:
        embedded.stop(state_dir)
