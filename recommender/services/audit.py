"""The audit chain: every change and every answer leaves an event that can't be taken back."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection, transaction

from recommender import models
from recommender.exceptions import BadInput

GENESIS = "0" * 64
_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The newest event's number and hash. Kept elsewhere, it shows whether a tail was cut off."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> "ChainHead":
        """Read a head as it is printed: `NUMBER:HASH`."""
        number, _, digest = text.partition(":")
        if not (number.isascii() and number.isdecimal() and len(digest) == 64):
            raise BadInput("Give the head as NUMBER:HASH, as it was printed.", field="expect")
        return cls(int(number), digest)


@dataclass(frozen=True, slots=True)
class ChainState:
    """What a walk along the chain found: whole up to `head`, or first broken at a number."""

    events: int
    head: ChainHead
    broken_at: int | None = None
    problem: str = ""

    @property
    def intact(self) -> bool:
        """Whether nothing was changed, removed, added or cut off."""
        return self.broken_at is None


def record(*, action: str, target: str, by: str, version: str = "", digest: str = "") -> int:
    """Append an event to the chain, in the caller's transaction; answers its number.

    `digest` is a SHA-256 of the input in hexadecimal, never the input itself.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT audit_append(%s, %s, %s, %s, %s)", [by, action, target, version, digest]
        )
        (number,) = cursor.fetchone()
    return int(number)


def head() -> ChainHead:
    """The newest event; before the first one, number 0 and zeros."""
    newest = models.AuditEvent.objects.order_by("-id").values_list("id", "hash").first()
    return ChainHead(*newest) if newest else ChainHead(0, GENESIS)


@transaction.atomic
def verify(*, expected: ChainHead | None = None) -> ChainState:
    """Walk the chain and compute every hash again, here and not in the database.

    A chain whose newest events were removed is whole in itself: only a head that was kept
    elsewhere shows it, given as `expected`.
    """
    walked = ChainHead(0, GENESIS)
    pinned = expected is None or expected == walked
    events = models.AuditEvent.objects.order_by("id").iterator(chunk_size=_CHUNK)
    for event in events:
        if problem := _problem(event, walked):
            return ChainState(walked.number, walked, walked.number + 1, problem)
        walked = ChainHead(event.id, event.hash)
        if expected is not None and expected.number == event.id:
            if expected != walked:
                return ChainState(event.id, walked, event.id, "another hash than the one kept")
            pinned = True
    if not pinned:
        return ChainState(
            walked.number, walked, walked.number + 1, "the newest events were removed"
        )
    return ChainState(walked.number, walked)


def _problem(event: models.AuditEvent, before: ChainHead) -> str:
    """What is wrong with the link from the event before to this one, or nothing."""
    if event.id != before.number + 1:
        return "an event was removed"
    if event.previous_hash != before.hash:
        return "it doesn't follow from the event before"
    if event.hash != _sealed(event):
        return "its content was changed"
    return ""


def _sealed(event: models.AuditEvent) -> str:
    """The hash the database should have sealed this event with (`audit_sealed`)."""
    fields = (
        str(event.id),
        _as_sealed(event.at),
        event.actor,
        event.action,
        event.target,
        event.version,
        event.digest,
        event.previous_hash,
    )
    encoded = [field.encode() for field in fields]
    return hashlib.sha256(
        b",".join(b"%d:%s" % (len(field), field) for field in encoded)
    ).hexdigest()


def _as_sealed(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
