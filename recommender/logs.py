"""Log lines as JSON, without a word that a case brought along.

Our own loggers name what they log in `extra`. Nobody can vouch for what a library puts into its
messages (a task's exception, a row that broke a constraint, a requested path), so a library's
line is its template without the arguments, and an exception is its type and where it was raised.
"""

import logging
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import orjson

OURS = ("recommender", "api", "tasks")
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
# Celery's lines are about which task, by these; both are made here, from code.
_CELERY = {"id": "task_id", "name": "task"}
MAX_FRAMES = 20


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, event, and what our own code added."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if record.name.split(".", 1)[0] in OURS:
            line["event"] = record.getMessage()
            line.update((key, value) for key, value in vars(record).items() if key not in _STANDARD)
        else:
            line["event"] = str(record.msg)
            line.update(_task_of(record))
            line.update(_request_of(record))
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__qualname__
            line["where"] = list(frames(record.exc_info[2]))
        return orjson.dumps(line, default=str).decode()


def frames(trace: TracebackType | None) -> Iterator[str]:
    """Where it went wrong, outermost first: file, line and function, never a value."""
    for frame in traceback.extract_tb(trace)[-MAX_FRAMES:]:
        yield f"{frame.filename}:{frame.lineno} {frame.name}"


def _task_of(record: logging.LogRecord) -> Iterator[tuple[str, str]]:
    named = record.args if isinstance(record.args, dict) else vars(record).get("data")
    if record.name.startswith("celery") and isinstance(named, dict):
        for key, name in _CELERY.items():
            if isinstance(named.get(key), str):
                yield name, named[key]


def _request_of(record: logging.LogRecord) -> Iterator[tuple[str, str]]:
    request_id = getattr(getattr(record, "request", None), "request_id", None)
    if request_id is not None:
        yield "request_id", request_id


def only_exceptions(record: logging.LogRecord) -> bool:
    """Whether a line of Django's tells more than the request's own line: that something broke."""
    return record.exc_info is not None


def configuration(*, level: str, json: bool) -> dict[str, Any]:
    """Django's LOGGING: every logger through one handler to standard error."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {"()": "recommender.logs.JsonFormatter"},
            "plain": {"format": "%(levelname)s %(name)s %(message)s"},
        },
        "filters": {
            "only_exceptions": {
                "()": "django.utils.log.CallbackFilter",
                "callback": only_exceptions,
            }
        },
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "json" if json else "plain"}
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django's own handlers would print a second line, with the path. A 4xx is in the
            # request's line already.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            "django.request": {"level": "ERROR", "filters": ["only_exceptions"]},
            "django.db.backends": {"level": "WARNING"},
            "axes": {"level": "WARNING"},
        },
    }
