"""Leases: the right of one worker to work on one row, for as long as it says that it lives.

The queue delivers at least once and may forget; the row is the truth. A claim counts the row's
attempts up, and every later write asks for that number: who lost the lease can't write any more.
"""

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from os import getpid
from types import TracebackType
from typing import Self
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from recommender import models
from recommender.exceptions import LeaseLost

MAX_ATTEMPTS = 3
HEARTBEAT_SECONDS = 0.5
RESEND_AFTER = timedelta(minutes=1)

Leased = models.TrainingRun | models.DataSetUpload | models.SearchTrial


def worker_name() -> str:
    """The name of this process, as a person who looks for it would name it."""
    return f"{socket.gethostname()}:{getpid()}"


def lease_length() -> timedelta:
    """How long a worker may be silent before its work is given to another."""
    return timedelta(seconds=settings.TRAINING_LEASE_SECONDS)


@dataclass(frozen=True, slots=True)
class Lease:
    """One claim of one row; `attempt` tells it from every earlier and later claim."""

    record: type[Leased]
    pk: UUID
    attempt: int

    @classmethod
    @transaction.atomic
    def take(
        cls, record: type[Leased], pk: UUID, *, waiting: str = "queued", **fields: object
    ) -> Self | None:
        """Take a row that waits; None when somebody else has it or it has ended."""
        queue = record.objects.select_for_update(skip_locked=True, of=("self",))
        row = queue.filter(pk=pk, status=waiting).first()
        if row is None:
            return None
        attempt = row.attempts + 1
        record.objects.filter(pk=pk).update(
            status="running", attempts=attempt, lease_until=Now() + lease_length(), **fields
        )
        return cls(record, pk, attempt)

    def row(self) -> "QuerySet[Leased]":
        """The row, if the lease still holds; every write goes through this."""
        return self.record.objects.filter(pk=self.pk, status="running", attempts=self.attempt)

    def write(self, **fields: object) -> None:
        """Change the row; raises when the lease is lost."""
        if not self.row().update(**fields):
            raise LeaseLost("Another worker took this over; nothing was changed.")

    def extend(self, **fields: object) -> None:
        """Say that the worker lives, and whatever else there is to say."""
        self.write(lease_until=Now() + lease_length(), **fields)


class Heartbeat:
    """Extends a lease from a thread of its own while the work goes on.

    The work never waits for the database: each beat takes its `news` along as fields of the row,
    and `listen` reads what the row says; `check()` tells the work that it should stop.
    """

    def __init__(
        self,
        lease: Lease,
        *,
        news: Callable[[], dict[str, object]] = dict,
        listen: Callable[[], None] = lambda: None,
    ) -> None:
        self._lease = lease
        self._news = news
        self._listen = listen
        self._stop = threading.Event()
        self._lost = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        """Begin to beat."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop beating; the last news have been written when this returns, or the lease is lost."""
        self._stop.set()
        self._thread.join()

    def check(self) -> None:
        """Raise if the lease was lost."""
        if self._lost.is_set():
            raise LeaseLost("The lease ran out or was taken over; the work was stopped.")

    def _beat(self) -> None:
        extended = time.monotonic()
        try:
            while not self._stop.wait(HEARTBEAT_SECONDS):
                try:
                    self._lease.extend(**self._news())
                    self._listen()
                    extended = time.monotonic()
                except LeaseLost:
                    self._lost.set()
                    return
                except (OperationalError, InterfaceError):
                    # The database may be back before the lease is over; after that, others may
                    # have been given the row.
                    connection.close()
                    if time.monotonic() - extended > lease_length().total_seconds():
                        self._lost.set()
                        return
        finally:
            connection.close()
