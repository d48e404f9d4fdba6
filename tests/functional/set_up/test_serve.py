"""`serve`: everything runs until it's told to stop, and then nothing does."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from django.core.management import CommandError, call_command

ROOT = Path(__file__).parents[3]
# Three programs start at once, on a machine that others may be using as well.
START_TIMEOUT_S = 180

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as bound:
        return str(bound.getsockname()[1])


@pytest.fixture
def serve(environment, tmp_path, port):
    """Start `serve`; whatever it leaves is cleared away."""
    started = []

    def start(**variables):
        output = (tmp_path / f"serve-{len(started)}.log").open("w+")
        process = psutil.Popen(
            [sys.executable, str(ROOT / "manage.py"), "serve"],
            env={**environment, "PORT": port, "STATE_DIR": str(tmp_path), **variables},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        started.append((process, output))
        return process

    yield start
    for process, output in started:
        for one in [*children_of(process), process] if process.is_running() else []:
            with suppress(psutil.Error):
                one.kill()
        process.wait()
        output.close()


def children_of(process):
    return process.children(recursive=True)


def answers(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def is_gone(process):
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def worker_of(process):
    """The worker's first process, once it has a child to do the work."""
    for child in process.children():
        with suppress(psutil.Error):  # it ended while we looked
            if "worker" in child.cmdline() and child.children():
                return child
    return None


def test_it_answers_mends_a_killed_worker_and_leaves_nothing_after_ctrl_c(serve, port, eventually):
    serving = serve()
    killed = eventually(lambda: answers(port) and worker_of(serving), timeout_s=START_TIMEOUT_S)
    os.kill(killed.pid, signal.SIGKILL)
    eventually(lambda: worker_of(serving) not in (None, killed), timeout_s=START_TIMEOUT_S)
    children = children_of(serving)

    serving.send_signal(signal.SIGINT)

    assert serving.wait(timeout=30) == 0
    assert [child for child in children if not is_gone(child)] == []
    assert not answers(port)


def test_nothing_is_left_when_it_is_killed_itself(serve, port, eventually):
    serving = serve()
    eventually(lambda: answers(port) and worker_of(serving), timeout_s=START_TIMEOUT_S)
    children = children_of(serving)

    serving.kill()
    serving.wait()

    eventually(lambda: all(is_gone(child) for child in children))


def test_a_port_in_use_is_named_with_what_to_do(run_command, port):
    with socket.create_server(("127.0.0.1", int(port))):
        refused = run_command("serve", PORT=port)

    assert refused.returncode == 2
    assert f"Port {port} is in use" in refused.stderr


@pytest.mark.parametrize("port", ["web", "0", "70000", "-1"])
def test_a_port_that_is_none_is_refused(monkeypatch, port):
    monkeypatch.setenv("PORT", port)

    with pytest.raises(CommandError, match="PORT must be a number") as refusal:
        call_command("serve")

    assert refusal.value.returncode == 2


def test_one_state_directory_serves_once_and_services_down_leaves_nothing(
    serve, run_command, port, eventually, tmp_path
):
    serving = serve()
    eventually(lambda: answers(port) and worker_of(serving), timeout_s=START_TIMEOUT_S)
    children = children_of(serving)

    refused = run_command("serve", STATE_DIR=str(tmp_path), PORT="1")
    stopped = run_command("services", "down", STATE_DIR=str(tmp_path))

    assert refused.returncode in {2, 3}
    assert "stopped" in stopped.stdout
    assert serving.wait(timeout=1) == 0
    assert [child for child in children if not is_gone(child)] == []
    assert not answers(port)


def test_demo_log_ins_are_not_made_where_other_machines_can_reach_it(serve, eventually, tmp_path):
    serve(HOST="0.0.0.0")

    said = eventually(lambda: "other machines" in (tmp_path / "serve-0.log").read_text())

    assert said
    assert "demo-clinician" not in (tmp_path / "serve-0.log").read_text()
