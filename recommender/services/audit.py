"""The audit chain: every change and every answer leaves an event that can't be taken back."""

from django.db import connection


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
