"""Opening connections, which takes a bounded time wherever it gets stuck."""

from datetime import timedelta

import psycopg2

from ostiary.platform.database.connections import Connection, Cursor
from ostiary.platform.database.failures import OutOfPatience
from ostiary.platform.timeouts import within


def connect(dsn: str, *, opening: timedelta, patience: timedelta) -> Connection:
    """Raise psycopg2's errors, at the latest after `opening`, slow name servers included."""
    try:
        return within(opening, lambda: _connect(dsn, patience))
    except TimeoutError:
        raise OutOfPatience("Postgres did not accept a connection in time.") from None


def probe(dsn: str, *, patience: timedelta) -> None:
    """Raise psycopg2's errors unless a new connection is answered."""
    connect(dsn, opening=patience, patience=patience).close()


def _connect(dsn: str, patience: timedelta) -> Connection:
    connection: Connection = psycopg2.connect(
        dsn,
        connection_factory=lambda dsn, **_: Connection(dsn, patience=patience),
        cursor_factory=Cursor,
        client_encoding="UTF8",
        fallback_application_name="ostiary",
        keepalives_idle=30,
        keepalives_interval=10,
        keepalives_count=3,
    )
    connection.settle()
    return connection
