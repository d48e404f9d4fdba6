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


@pytest.fixture
def manage(tmp_path):
    """Run `manage.py` as on a fresh machine; what it starts is stopped."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DATABASE_URL", "BROKER_URL"}
    }

    def run(*arguments, **variables):
        return subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            env={**inherited, "STATE_DIR": str(tmp_path / "state"), **variables},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    yield run
    embedded.stop(tmp_path / "state")


def running(state_dir):
    return embedded.status(state_dir).running


COUNT_THERAPIES = (
    "shell",
    "-v0",
    "-c",
    "from recommender import models; print(models.TherapyRecord.objects.count())",
)


def test_a_command_finds_server_tables_and_catalogue(manage):
    counted = manage(*COUNT_THERAPIES)

    assert counted.returncode == 0, counted.stderr
    assert int(counted.stdout) > 0


def test_the_second_command_says_and_does_nothing_more(manage):
    manage(*COUNT_THERAPIES)

    again = manage(*COUNT_THERAPIES)

    assert (again.returncode, again.stderr) == (0, "")


def test_a_command_after_the_server_was_killed_finds_it_again(manage, tmp_path):
    manage(*COUNT_THERAPIES)
    os.kill(embedded.status(tmp_path / "state").pid, signal.SIGKILL)

    counted = manage(*COUNT_THERAPIES)

    assert counted.returncode == 0, counted.stderr
    assert int(counted.stdout) > 0


@pytest.mark.parametrize(
    "arguments", [("services", "status"), ("services", "up", "--help"), ("help",), ("check",), ()]
)
def test_a_command_that_needs_no_database_starts_none(manage, tmp_path, arguments):
    manage(*arguments)

    assert not running(tmp_path / "state")


def test_services_go_up_and_down(manage, tmp_path):
    up = manage("services", "up", "--json")
    status = manage("services", "status", "--json")
    down = manage("services", "down")
    after = manage("services", "status")

    assert up.returncode == 0, up.stderr
    assert json.loads(status.stdout)["broker"] == "in the database"
    assert json.loads(up.stdout)["pid"] == json.loads(status.stdout)["pid"]
    assert down.returncode == 0
    assert after.returncode == 4
    assert not running(tmp_path / "state")


def test_commands_that_start_at_once_migrate_once(manage, tmp_path):
    environment = {**os.environ, "STATE_DIR": str(tmp_path / "state")}
    environment.pop("DATABASE_URL", None)
    commands = [
        subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), *COUNT_THERAPIES],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]

    ended = [(command.communicate(), command.returncode) for command in commands]

    assert [code for _, code in ended] == [0, 0, 0], ended
    assert "".join(said for (_, said), _ in ended).count("Applying migrations") == 1


def test_a_server_of_ones_own_that_does_not_answer_is_out_of_reach(manage, tmp_path):
    url = f"postgresql://somebody@/none?host={tmp_path}"

    for arguments in (("services", "up"), ("services", "status"), ("verify_audit",)):
        answer = manage(*arguments, DATABASE_URL=url)

        assert answer.returncode == 4, (arguments, answer.stderr)
        assert "Traceback" not in answer.stderr


def test_a_server_of_ones_own_gets_the_queue_and_is_not_migrated(manage, tmp_path):
    manage("services", "up")
    entry = embedded.connection(tmp_path / "state")
    with psycopg.connect(
        host=entry["HOST"], user=entry["USER"], dbname="postgres", autocommit=True
    ) as admin:
        admin.execute("CREATE DATABASE own")
    url = f"postgresql://{entry['USER']}@/own?host={entry['HOST']}"

    up = manage("services", "up", "--json", DATABASE_URL=url)

    assert json.loads(up.stdout)["broker"] == "in the database"
    with psycopg.connect(host=entry["HOST"], user=entry["USER"], dbname="own") as own:
        tables = own.execute("SELECT to_regclass('django_migrations')").fetchone()
    assert tables == (None,)
