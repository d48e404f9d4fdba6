"""The product's tasks over RabbitMQ, the broker for production, where it's installed."""

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import closing
from pathlib import Path

import kombu
import psycopg
import pytest
from django.db import connection

from tasks.maintenance import pin_audit_chain
from tests.workers import Worker

# Debian's script in /usr/sbin changes to another account and to its own directories.
SERVER = shutil.which("rabbitmq-server", path="/usr/lib/rabbitmq/bin") or shutil.which(
    "rabbitmq-server"
)
START_TIMEOUT_S = 90
PINNED = "audit chain head"

pytestmark = [
    pytest.mark.skipif(SERVER is None, reason="rabbitmq-server is not installed here"),
    pytest.mark.django_db(transaction=True),
]


def free_ports(count):
    """Ports that nobody uses, all different."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [bound.getsockname()[1] for bound in sockets]
    for bound in sockets:
        bound.close()
    return ports


@pytest.fixture(scope="module")
def broker_url(tmp_path_factory):
    """A node of our own: its name, ports, cookie and files collide with nobody's."""
    home = tmp_path_factory.mktemp("rabbitmq")
    port, between_nodes, names = free_ports(3)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "ERL_EPMD_PORT": str(names),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"test{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(between_nodes),
        "RABBITMQ_BASE": str(home),
        "RABBITMQ_MNESIA_BASE": str(home / "data"),
        "RABBITMQ_LOG_BASE": str(home / "log"),
        "RABBITMQ_PID_FILE": str(home / "pid"),
        "RABBITMQ_CONFIG_FILE": str(home / "none"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
    }
    with (home / "output").open("wb") as output:
        node = subprocess.Popen(
            [SERVER],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    url = f"amqp://guest:guest@127.0.0.1:{port}//"
    try:
        wait_until_it_answers(url, node, home / "output")
        yield url
    finally:
        os.killpg(node.pid, signal.SIGKILL)
        node.wait()
        subprocess.run(["epmd", "-kill"], env=environment, capture_output=True, check=False)


def wait_until_it_answers(url, node, output: Path):
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            with kombu.Connection(url, connect_timeout=2) as probe:
                probe.connect()
                return
        except OSError:
            assert node.poll() is None, output.read_text()
            assert time.monotonic() < deadline, output.read_text()
            time.sleep(0.3)


@pytest.fixture
def start_worker(environment, broker_url, tmp_path):
    """Start a worker that takes its tasks from RabbitMQ."""
    workers = []

    def start():
        worker = Worker(
            environment={**environment, "BROKER_URL": broker_url, "TASK_QUEUE": tmp_path.name},
            log=tmp_path / f"rabbit-{len(workers)}.log",
        )
        workers.append(worker)
        worker.wait_until_ready()
        return worker

    yield start
    for worker in workers:
        worker.kill()


def send(task, broker_url, queue):
    with kombu.Connection(broker_url) as to_rabbitmq:
        task.apply_async(connection=to_rabbitmq, queue=queue)


def test_a_task_sent_over_rabbitmq_is_carried_out(broker_url, start_worker, eventually, tmp_path):
    worker = start_worker()

    send(pin_audit_chain, broker_url, tmp_path.name)

    eventually(lambda: PINNED in worker.output)


def test_a_task_whose_worker_is_killed_is_carried_out_by_another(
    broker_url, start_worker, eventually, tmp_path
):
    killed = start_worker()
    with closing(psycopg.connect(**connection.get_connection_params())) as obstacle:
        obstacle.execute("LOCK TABLE recommender_auditevent")
        send(pin_audit_chain, broker_url, tmp_path.name)
        eventually(
            lambda: obstacle.execute(
                "SELECT 1 FROM pg_locks WHERE NOT granted "
                "AND relation = 'recommender_auditevent'::regclass"
            ).fetchone()
        )
        killed.kill()

    other = start_worker()

    eventually(lambda: PINNED in other.output)
    assert PINNED not in killed.output
