"""Tables emptied after a test that committed: only those with rows, for each costs time."""

from django.db import OperationalError, connection, transaction
from psycopg import errors, sql

ATTEMPTS = 5


def filled() -> list[str]:
    """The names of the tables that hold rows."""
    looks = [
        sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(name, sql.Identifier(name))
        for name in _all()
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(" UNION ALL ").join(looks))
        return [name for (name,) in cursor.fetchall()]


def empty(*, but: frozenset[str]) -> None:
    """Remove every row that a test left; what migrations made stays, so nothing is made anew.

    A server that a test started may be in the middle of a transaction that needs these tables in
    another order; whichever of the two PostgreSQL gives up, it's over after that.
    """
    for attempt in range(ATTEMPTS):
        try:
            _empty(but)
        except OperationalError as error:
            is_deadlock = isinstance(error.__cause__, errors.DeadlockDetected)
            if not is_deadlock or attempt == ATTEMPTS - 1:
                raise
        else:
            return


@transaction.atomic
def _empty(but: frozenset[str]) -> None:
    emptied = [sql.Identifier(name) for name in _all() if name not in but]
    with connection.cursor() as cursor:
        # Whoever still writes is waited for, or it would write into what was just looked at.
        cursor.execute(sql.SQL("LOCK TABLE {}").format(sql.SQL(", ").join(emptied)))
        left = [sql.Identifier(name) for name in filled() if name not in but]
        if left:
            cursor.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(left)))


def _all() -> list[str]:
    return connection.introspection.django_table_names(only_existing=True, include_views=False)
