"""The embedded server in the words of Django and of Celery; nothing is started or read here."""

from pathlib import Path
from typing import Any

from psycopg.conninfo import make_conninfo

from recommender.embedded.places import DATABASE, PORT, ROLE, places_under

# A message that isn't acknowledged comes back after this long, so it must exceed the longest task.
# Runs that lose their worker are found much sooner, by the lease in their row.
VISIBILITY_TIMEOUT_S = 12 * 60 * 60
# An idle worker asks this often: it is what a task waits for at most before it's begun.
POLLING_INTERVAL_S = 0.1


def connection(state_dir: Path) -> dict[str, Any]:
    """The entry for Django's DATABASES."""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": DATABASE,
        "USER": ROLE,
        "PASSWORD": "",
        "HOST": str(places_under(state_dir).socket_dir),
        "PORT": PORT,
    }


def broker(state_dir: Path) -> tuple[str, dict[str, Any]]:
    """Celery's broker URL and transport options for the queue in the embedded server."""
    return broker_for(connection(state_dir))


def broker_for(database: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The same for the queue in any PostgreSQL that Django is set up with."""
    options = {
        "conn_string": _queue_conninfo(database),
        "init_extension": False,
        "visibility_timeout": VISIBILITY_TIMEOUT_S,
        # Long polls would hold a transaction open in the server for their whole length.
        "wait_time_seconds": 0,
        "polling_interval": POLLING_INTERVAL_S,
        "pool_size": 4,
        "pool_timeout": 10,
    }
    # The host is there for the look of it: the connection string decides.
    return "pgmq://localhost", options


def _queue_conninfo(database: dict[str, Any]) -> str:
    """A connection string that survives pgmq's client.

    It takes five fields out of the string and joins them again without quoting, dropping the rest
    (`sslmode` and the like). So each field is quoted beforehand, and the rest rides on the last.
    """
    options = {
        name: value
        for name, value in database.get("OPTIONS", {}).items()
        if isinstance(value, str | int) and not isinstance(value, bool)
    }
    host = database.get("HOST") or options.pop("host", "localhost")
    last = {"password": database.get("PASSWORD") or "unused", **options}
    fields = {
        "host": _quoted(host),
        "port": str(database.get("PORT") or PORT),
        "dbname": _quoted(database["NAME"]),
        "user": _quoted(database["USER"]),
        "password": make_conninfo("", **last).removeprefix("password="),
    }
    return make_conninfo("", **fields)


def _quoted(value: object) -> str:
    return make_conninfo("", host=str(value)).removeprefix("host=")
