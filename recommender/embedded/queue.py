"""The task queue inside the database: pgmq's tables and functions, from its SQL, no extension."""

import psycopg
from pgmq.install import get_embedded_install_sql, get_embedded_sql_version
from psycopg import sql

INSTALL_LOCK = 7_062_713  # any number, so long as everybody who installs uses the same


def is_queue_installed(connection: psycopg.Connection) -> bool:
    """Whether this database has the queue."""
    row = connection.execute("SELECT to_regnamespace('pgmq') IS NOT NULL").fetchone()
    return row is not None and bool(row[0])


def install_queue(conninfo: str) -> None:
    """Put the queue into a database, all of it or nothing; an installed one is left alone."""
    with psycopg.connect(conninfo) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [INSTALL_LOCK])
        if is_queue_installed(connection):
            return
        # As bytes, since it comes from a file: text has to be a literal in the code.
        connection.execute(get_embedded_install_sql().encode())
        note = sql.Literal(f"pgmq {get_embedded_sql_version()}")
        connection.execute(sql.SQL("COMMENT ON SCHEMA pgmq IS {}").format(note))
