"""The services the suite runs on, started and stopped by itself, and how to use them.

Every run has a PostgreSQL of its own under `STATE_DIR/test` (`var/test`), one for all xdist
workers, each of which has its own database and its own state directory. With `DATABASE_URL` set
that server is used instead, with `BROKER_URL` set that broker. Nothing here touches the services
that `make serve` uses.

- Rows: `@pytest.mark.django_db` (rolled back) or `@pytest.mark.django_db(transaction=True)`
  (committed; all tables are emptied afterwards).
- A real Celery worker on this test's database: ask for `celery_worker_process` and use
  `transaction=True`. It is started once a run, by the first test that asks. Start a task as the
  product does, then wait for its row with `eventually(lambda: …)`.
- A worker that a test may kill: `worker = start_worker()`, then `worker.kill()`; it is cleared
  away after the test.
- A command as an operator runs it: `run_command("train", "--pathway", "depression")` gives a
  `subprocess.CompletedProcess` of `manage.py` on the test's database. Needs `transaction=True`.
- Truncating the audit table and the safety rules is refused in production. Here those two triggers
  are off, or no table could be emptied after a test; to test it, ask for `truncation_guard`.
- The internet is out of reach: sockets connect to this machine only.
"""

import fcntl
import gc
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from io import TextIOWrapper
from pathlib import Path
from urllib.parse import quote, urlsplit

import django
import hypothesis
import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase

from recommender import embedded
from tasks.celery import app
from tests import tables
from tests.workers import Worker

# How long an example takes says how busy the machine is, not whether the promise holds.
hypothesis.settings.register_profile(
    "suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("suite")

ROOT = Path(__file__).parent.parent
XDIST_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
TRUNCATION_GUARDS = (
    ("recommender_auditevent", "audit_no_truncate"),
    ("recommender_safetyrulerecord", "safety_floor_is_not_emptied"),
)
RUN_LOCK = pytest.StashKey[TextIOWrapper]()
COMMAND_TIMEOUT_S = 300

# Settings are read by `django.setup()` below, so that other conftests may import records.
if not XDIST_WORKER:
    os.environ["TEST_SERVICES_DIR"] = str(
        (Path(os.environ.get("STATE_DIR") or ROOT / "var") / "test").resolve()
    )
    os.environ["TEST_SERVICES_EMBEDDED"] = "" if os.environ.get("DATABASE_URL") else "yes"
SERVICES_DIR = Path(os.environ["TEST_SERVICES_DIR"])
EMBEDDED = bool(os.environ["TEST_SERVICES_EMBEDDED"])


def _database_url(name: str) -> str:
    socket = embedded.connection(SERVICES_DIR)["HOST"]
    return f"postgresql://recommender@/{name}?host={quote(socket)}"


if EMBEDDED:
    os.environ["DATABASE_URL"] = _database_url("recommender")
os.environ["STATE_DIR"] = str(SERVICES_DIR / (XDIST_WORKER or "main"))
os.environ["TASK_QUEUE"] = f"test_{XDIST_WORKER or 'main'}"
os.environ["DJANGO_SETTINGS_MODULE"] = "recommender.settings"
django.setup()

STILL_CONNECTED = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def pytest_configure(config: pytest.Config) -> None:
    """Keep a second run off the same services: it would empty this one's tables."""
    if str(settings.STATE_DIR) != os.environ["STATE_DIR"]:
        pytest.exit("Unset DJANGO_SETTINGS_MODULE: the settings were read too early.", 4)
    if XDIST_WORKER:
        return
    # Inherited, it would make pytest-django read a worker's settings before this file is.
    del os.environ["DJANGO_SETTINGS_MODULE"]
    SERVICES_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
    config.stash[RUN_LOCK] = lock = (SERVICES_DIR / "run.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        pytest.exit(f"Another run uses {SERVICES_DIR}: set STATE_DIR to another directory.", 4)


def pytest_collection_finish() -> None:
    """Let the collector pass over what is here for the whole run: libraries and the tests."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server when the last xdist worker is done."""
    lock = config.stash.get(RUN_LOCK, None)
    if lock is None or lock.closed:
        return
    if EMBEDDED:
        embedded.stop(SERVICES_DIR)
    lock.close()


@pytest.fixture(scope="session")
def services() -> None:
    """The PostgreSQL server of this run."""
    if EMBEDDED:
        embedded.ensure_running(SERVICES_DIR)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    services: None, django_db_modify_db_settings_parallel_suffix: None
) -> None:
    """Have the server before pytest-django makes the database."""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """Add to the database what migrations don't hold, and leave it without connections."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table, trigger in TRUNCATION_GUARDS:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
        migrated = frozenset(tables.filled())
    if not settings.BROKER_URL:
        url, options = embedded.broker_for(settings.DATABASES["default"])
        embedded.install_queue(options["conn_string"])
        app.conf.update(broker_url=url, broker_transport_options=options)
    with pytest.MonkeyPatch.context() as patch:
        # Django's own way truncates all fifty tables and makes what migrations made anew.
        patch.setattr(
            TransactionTestCase, "_fixture_teardown", lambda _: tables.empty(but=migrated)
        )
        yield
    app.pool.force_close_all()
    app.producer_pool.force_close_all()
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(STILL_CONNECTED)


@pytest.fixture
def truncation_guard(db: None) -> None:
    """Tables as they are in production: truncating the audit's and the rules' is refused."""
    with connection.cursor() as cursor:
        for table, trigger in TRUNCATION_GUARDS:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")


@pytest.fixture(scope="session")
def environment(django_db_setup: None) -> dict[str, str]:
    """The environment in which another process finds this test's database and broker."""
    url = urlsplit(os.environ["DATABASE_URL"])
    name = quote(settings.DATABASES["default"]["NAME"])
    return {**os.environ, "DATABASE_URL": url._replace(path=f"/{name}").geturl()}


@pytest.fixture(scope="session")
def celery_worker_process(environment: dict[str, str]) -> Iterator[Worker]:
    """A real worker on this test's database, for the rest of the run."""
    worker = Worker(environment=environment, log=_new_log("worker"))
    try:
        worker.wait_until_ready()
        yield worker
    finally:
        worker.stop()


@pytest.fixture
def start_worker(environment: dict[str, str]) -> Iterator[Callable[[], Worker]]:
    """Start a worker that belongs to one test, which may kill it."""
    started: list[Worker] = []

    def start() -> Worker:
        worker = Worker(environment=environment, log=_new_log("mortal"))
        started.append(worker)
        worker.wait_until_ready()
        return worker

    yield start
    for worker in started:
        worker.kill()


@pytest.fixture
def run_command(
    environment: dict[str, str],
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `manage.py` as an operator would; extra variables are keywords."""

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *arguments],
            env={**environment, **variables},
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT_S,
            check=False,
        )

    return run


@pytest.fixture
def eventually() -> Callable[..., object]:
    """Wait until something another process does has come true, and give it back."""

    def wait(condition: Callable[[], object], *, timeout_s: float = 60) -> object:
        deadline = time.monotonic() + timeout_s
        while not (result := condition()):
            assert time.monotonic() < deadline, "It did not come true in time."
            time.sleep(0.05)
        return result

    return wait


def _new_log(name: str) -> Path:
    folder = Path(settings.STATE_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}-{uuid.uuid4().hex[:8]}.log"
