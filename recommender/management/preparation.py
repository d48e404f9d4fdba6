"""Bring up the embedded server, its tables and the catalogue before a command that needs them.

Only for the embedded server: a server that somebody named in DATABASE_URL is migrated by them.
"""

import hashlib
import io
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from django.conf import settings
from django.core.management import call_command, get_commands
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from recommender import embedded

NEEDS_NOTHING = {
    "check",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "services",
    "spectacular",
    "version",
}
# These look after the tables themselves, or only want to look at them.
NEEDS_SERVER = {
    "dbshell",
    "flush",
    "inspectdb",
    "makemigrations",
    "migrate",
    "optimizemigration",
    "showmigrations",
    "sqlflush",
    "sqlmigrate",
    "squashmigrations",
}
MIGRATION_LOCK = 7_062_714  # any number, so long as everybody who migrates uses the same


def prepare_for(arguments: Sequence[str]) -> None:
    """Prepare for `manage.py` with these arguments; silent and quick when all is there."""
    if not settings.EMBEDDED_DATABASE or not _does_something(arguments):
        return
    start_server()
    if arguments[0] not in NEEDS_SERVER:
        bring_up_to_date()


def start_server() -> None:
    """Start the embedded server unless it runs."""
    if embedded.status(settings.STATE_DIR).queue:
        return
    with _telling(f"Starting PostgreSQL under {settings.STATE_DIR}"):
        embedded.ensure_running(settings.STATE_DIR)


def bring_up_to_date() -> None:
    """Apply the migrations that are missing, then load a catalogue that is new here."""
    if not _is_migrated():
        with _alone():
            _migrate()
            _load_catalogue()
    elif not _is_catalogue_loaded():
        with _alone():
            _load_catalogue()


def _does_something(arguments: Sequence[str]) -> bool:
    if not arguments or {"-h", "--help"} & set(arguments):
        return False
    return arguments[0] in get_commands() and arguments[0] not in NEEDS_NOTHING


def _is_migrated() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _migrate() -> None:
    if _is_migrated():
        return
    with _telling("Applying migrations"):
        call_command("migrate", verbosity=0, interactive=False)


def _load_catalogue() -> None:
    if _is_catalogue_loaded() or "load_catalogue" not in get_commands():
        return
    with _telling("Loading the catalogue"):
        call_command("load_catalogue", verbosity=0, stdout=io.StringIO())
    _catalogue_stamp().write_text(_catalogue_digest(), encoding="ascii")


def _is_catalogue_loaded() -> bool:
    stamp = _catalogue_stamp()
    return stamp.exists() and stamp.read_text(encoding="ascii") == _catalogue_digest()


def _catalogue_stamp() -> Path:
    # Within the cluster, so that it goes when the tables go.
    return Path(settings.STATE_DIR) / "postgres" / "catalogue.sha256"


def _catalogue_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(settings.FIXTURES_DIR).rglob("*")):
        if path.is_file():
            digest.update(str(path.relative_to(settings.FIXTURES_DIR)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


@contextmanager
def _alone() -> Iterator[None]:
    """Let one process at a time migrate; it ends with the connection, however that ends."""
    with closing(psycopg.connect(**connection.get_connection_params())) as guard:
        guard.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        yield


@contextmanager
def _telling(step: str) -> Iterator[None]:
    # On the error stream: what a command prints may be read by a program.
    sys.stderr.write(f"{step} … ")
    sys.stderr.flush()
    begun = time.monotonic()
    yield
    sys.stderr.write(f"{time.monotonic() - begun:.1f} s\n")
