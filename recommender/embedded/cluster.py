"""The server's files: making them once, checking them at each start, and what is inside."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from recommender.embedded.accounts import Account, hand_over
from recommender.embedded.binaries import MAJOR_VERSION, program
from recommender.embedded.errors import EmbeddedServerError
from recommender.embedded.places import DATABASE, PORT, ROLE, SUPERUSER, Places
from recommender.embedded.queue import install_queue

LARGEST_LOG_BYTES = 5 * 1024 * 1024

SETTINGS = {
    "listen_addresses": "",
    "port": PORT,
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # An error message can quote a value, and a value can be a patient's: only what concerns the
    # server itself is logged.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
}


def prepare(places: Places, account: Account) -> None:
    """Bring the files into the state a start needs."""
    _make_private(places.home)
    if account.manner == "account":
        # The account has to pass through the state directory, and nobody else has.
        os.chown(places.state_dir, -1, account.gid)
        places.state_dir.chmod(0o710)
    hand_over(places.home, account)
    _make_socket_dir(places, account)
    if not places.data.exists():
        _initialise(places, account)
    _check_version(places)
    _write_access_rules(places, account)
    _turn_log(places, account)


def server_command(places: Places) -> list[str]:
    """The server's command line."""
    settings = SETTINGS | {"unix_socket_directories": str(places.socket_dir)}
    options = [f"--{name}={value}" for name, value in settings.items()]
    return [str(program("postgres")), "-D", str(places.data), *options]


def provision(places: Places) -> None:
    """Make the role, the database and the queue that are missing."""
    access = {"host": str(places.socket_dir), "port": PORT}
    superuser = make_conninfo("", **access, user=SUPERUSER, dbname="postgres")
    with psycopg.connect(superuser, autocommit=True) as connection:
        if not _has(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", ROLE):
            # CREATEDB is for the test suite, which makes a database a worker.
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(ROLE))
            )
        if not _has(connection, "SELECT 1 FROM pg_database WHERE datname = %s", DATABASE):
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(DATABASE), sql.Identifier(ROLE)
                )
            )
    install_queue(make_conninfo("", **access, user=ROLE, dbname=DATABASE))


def remove_far_socket_dir(places: Places) -> None:
    """Leave nothing of a stopped server outside of its state directory."""
    if places.socket_dir.parent != places.home and places.socket_dir.exists():
        shutil.rmtree(places.socket_dir)


def _has(connection: psycopg.Connection, query: str, name: str) -> bool:
    return connection.execute(query, [name]).fetchone() is not None


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)


def _make_socket_dir(places: Places, account: Account) -> None:
    """Make the directory; one in /tmp that somebody else made before us is refused."""
    folder = places.socket_dir
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    trusted = {os.geteuid(), account.files_belong_to[0]}
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in trusted:
        raise EmbeddedServerError(
            f"{folder} belongs to somebody else. Remove it, or set STATE_DIR to a shorter path."
        )
    folder.chmod(0o700)
    hand_over(folder, account)


def _initialise(places: Places, account: Account) -> None:
    """Make the cluster beside its place and move it there: a half-made one is never used."""
    unfinished = places.home / "data.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    initdb = account.command(
        str(program("initdb")),
        f"--pgdata={unfinished}",
        f"--username={SUPERUSER}",
        "--auth=peer",
        "--encoding=UTF8",
        # The same order of words on every machine, whatever locales it has.
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
    )
    made = subprocess.run(
        initdb, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        said = (made.stderr or made.stdout).strip().splitlines()
        raise EmbeddedServerError(
            f"PostgreSQL could not make its files in {places.home}: "
            f"{said[-1] if said else 'it said nothing'}. If an account can't reach that "
            "directory, set STATE_DIR to one that it can reach."
        )
    unfinished.rename(places.data)


def _check_version(places: Places) -> None:
    version = (places.data / "PG_VERSION").read_text(encoding="ascii").strip()
    if version != MAJOR_VERSION:
        raise EmbeddedServerError(
            f"{places.data} was written by PostgreSQL {version}, and this is {MAJOR_VERSION}. "
            "Set STATE_DIR to another directory, or `make clean` if its data can go."
        )


def _write_access_rules(places: Places, account: Account) -> None:
    """Let in only ourselves, known by the kernel's word, over the socket."""
    rules = {
        "pg_hba.conf": "local all all peer map=owner\n",
        "pg_ident.conf": "".join(
            f'owner "{account.our_name}" {role}\n' for role in (ROLE, SUPERUSER)
        ),
    }
    for name, text in rules.items():
        path = places.data / name
        path.write_text(text, encoding="ascii")
        path.chmod(0o600)
        os.chown(path, *account.files_belong_to)


def _turn_log(places: Places, account: Account) -> None:
    """Start a new log when the old one has grown; one old one is kept."""
    if places.log.exists() and places.log.stat().st_size > LARGEST_LOG_BYTES:
        places.log.rename(places.log.with_suffix(".log.1"))
    places.log.touch(mode=0o600)
    os.chown(places.log, *account.files_belong_to)
