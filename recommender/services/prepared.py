"""Statements of the hot paths: prepared once on each thread's connection, one round trip each.

Django's own cursors bind on the client, which can't prepare a statement, and ask once a request
whether the connection still lives, which is a round trip of its own. Here a connection that died
is found out by the statement and replaced, so each statement has to bear being made twice.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

import orjson
import psycopg
from django.db import InterfaceError, OperationalError, connection, models

Record = TypeVar("Record", bound=models.Model)


def rows(statement: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
    """What a statement answers, in the caller's transaction or one of its own."""
    return _made(statement, parameters)[1]


def records(kind: type[Record], statement: str, parameters: Sequence[object]) -> list[Record]:
    """The records that a statement finds, from whole rows."""
    columns, found = _made(statement, parameters)
    fields = kind._meta.concrete_fields  # noqa: SLF001 - its public place
    names = [field.attname for field in fields]
    places = [columns.index(name) for name in names]
    return [
        kind.from_db(
            connection.alias,
            names,
            [_read(field, row[place]) for field, place in zip(fields, places, strict=True)],
        )
        for row in found
    ]


def _read(field: Any, value: Any) -> Any:  # noqa: ANN401 - as the wire has it
    """As a record holds it: JSON comes as it is written."""
    return orjson.loads(value) if isinstance(field, models.JSONField) and value else value


def _made(statement: str, parameters: Sequence[object]) -> tuple[list[str], list[tuple[Any, ...]]]:
    if connection.in_atomic_block:
        return _execute(statement, parameters)
    try:
        return _execute(statement, parameters)
    except (InterfaceError, OperationalError):
        if connection.connection is None or not connection.connection.closed:
            raise
        connection.close()
        return _execute(statement, parameters)


def _execute(
    statement: str, parameters: Sequence[object]
) -> tuple[list[str], list[tuple[Any, ...]]]:
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement, parameters, prepare=True)
        # Whoever asks Django's own cursors next in this request needn't ask whether it lives.
        connection.health_check_done = True  # type: ignore[attr-defined]
        if cursor.description is None:
            return [], []
        return [column.name for column in cursor.description], cursor.fetchall()
