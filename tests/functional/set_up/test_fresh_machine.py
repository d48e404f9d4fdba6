"""Commands on a machine where nothing runs: what they need starts by itself."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from recommender import embedded

ROOT = Path(__file__).parents[3]


class Machine:
    """A machine as far as we can tell: a state directory, and commands that know no other."""

    def __init__(self, state_dir):
        self.state_dir = state_dir
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if name not in {"DATABASE_URL", "BROKER_URL"}
        } | {"STATE_DIR": str(state_dir)}

    def manage(self, *arguments, **variables):
        """Run `manage.py` here."""
        return subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            env={**self.environment, **variables},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.fixture
def fresh(tmp_path):
    """A machine on which nothing runs; what a test starts is stopped."""
    yield Machine(tmp_path / "state")
    embedded.stop(tmp_path / "state")


@pytest.fixture(scope="module")
def used(tmp_path_factory):
    """A machine on which one command has run, and what that command came to."""
    machine = Machine(tmp_path_factory.mktemp("machine") / "state")
    machine.first = machine.manage(*COUNT_THERAPIES)
    yield machine
    embedded.stop(machine.state_dir)


def running(state_dir):
    return embedded.status(state_dir).running


COUNT_THERAPIES = (
    "shell",
    "-v0",
    "-c",
    "from recommender import models; print(models.TherapyRecord.objects.count())",
)


def test_a_command_finds_server_tables_and_catalogue(used):
    assert used.first.returncode == 0, used.first.stderr
    assert int(used.first.stdout) > 0


def test_the_second_command_says_and_does_nothing_more(used):
    used.manage("services", "up")

    again = used.manage(*COUNT_THERAPIES)

    assert (again.returncode, again.stderr) == (0, "")


def test_a_command_after_the_server_was_killed_finds_it_again(used):
    used.manage("services", "up")
    os.kill(embedded.status(used.state_dir).pid, signal.SIGKILL)

    counted = used.manage(*COUNT_THERAPIES)

    assert counted.returncode == 0, counted.stderr
    assert int(counted.stdout) > 0


@pytest.mark.parametrize(
    "arguments", [("services", "status"), ("services", "up", "--help"), ("help",), ("check",), ()]
)
def test_a_command_that_needs_no_database_starts_none(fresh, arguments):
    fresh.manage(*arguments)

    assert not running(fresh.state_dir)


def test_services_go_up_and_down(used):
    up = used.manage("services", "up", "--json")
    status = used.manage("services", "status", "--json")
    down = used.manage("services", "down")
    after = used.manage("services", "status")

    assert up.returncode == 0, up.stderr
    assert json.loads(status.stdout)["broker"] == "in the database"
    assert json.loads(up.stdout)["pid"] == json.loads(status.stdout)["pid"]
    assert down.returncode == 0
    assert after.returncode == 4
    assert not running(used.state_dir)


def test_commands_that_start_at_once_migrate_once(fresh):
    commands = [
        subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), *COUNT_THERAPIES],
            env=fresh.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]

    ended = [(command.communicate(), command.returncode) for command in commands]

    assert [code for _, code in ended] == [0, 0, 0], ended
    assert "".join(said for (_, said), _ in ended).count("Applying migrations") == 1


def test_a_server_of_ones_own_that_does_not_answer_is_out_of_reach(fresh, tmp_path):
    url = f"postgresql://somebody@/none?host={tmp_path}"

    for arguments in (("services", "up"), ("services", "status"), ("verify_audit",)):
        answer = fresh.manage(*arguments, DATABASE_URL=url)

        assert answer.returncode == 4, (arguments, answer.stderr)
        assert "Traceback" not in answer.stderr


def test_a_server_of_ones_own_gets_the_queue_and_is_not_migrated(used):
    used.manage("services", "up")
    entry = embedded.connection(used.state_dir)
    with psycopg.connect(
        host=entry["HOST"], user=entry["USER"], dbname="postgres", autocommit=True
    ) as admin:
        admin.execute("CREATE DATABASE own")
    url = f"postgresql://{entry['USER']}@/own?host={entry['HOST']}"

    up = used.manage("services", "up", "--json", DATABASE_URL=url)

    assert json.loads(up.stdout)["broker"] == "in the database"
    with psycopg.connect(host=entry["HOST"], user=entry["USER"], dbname="own") as own:
        tables = own.execute("SELECT to_regclass('django_migrations')").fetchone()
    assert tables == (None,)
