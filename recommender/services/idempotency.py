"""The answer to a request that is sent twice: the first one's, given again."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from recommender import models

KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Answer:
    """A stored answer, as it left."""

    request_digest: str
    status: int
    location: str
    body: bytes


def claim(*, actor: str, key: str, request_digest: str, wait_seconds: int) -> Answer | None:
    """Take the key, in the caller's transaction, or get the answer it was given before.

    The insert waits for a transaction that holds the same key: when that one commits, its answer
    is here; when it fails, the key is free and this request goes on. So a twin never runs beside
    its twin, and a request that failed leaves nothing behind. Waiting longer than `wait_seconds`
    raises Django's `OperationalError` (lock not available).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{wait_seconds}s"])
        cursor.execute(
            "INSERT INTO recommender_idempotencykey"
            " (actor, key, request_digest, status, location, body, created)"
            " VALUES (%s, %s, %s, 0, '', '', now()) ON CONFLICT (actor, key) DO NOTHING",
            [actor, key, request_digest],
        )
        taken = cursor.rowcount == 1
        cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
    if taken:
        return None
    row = models.IdempotencyKey.objects.get(actor=actor, key=key)
    return Answer(row.request_digest, row.status, row.location, bytes(row.body))


def keep(*, actor: str, key: str, answer: Answer) -> None:
    """Store the answer beside the claimed key, in the same transaction."""
    models.IdempotencyKey.objects.filter(actor=actor, key=key).update(
        status=answer.status, location=answer.location, body=answer.body
    )


def forget_old() -> int:
    """Delete the keys that are older than a day; answers how many."""
    deleted, _ = models.IdempotencyKey.objects.filter(created__lt=timezone.now() - KEPT).delete()
    return deleted
