"""Whether a process of this container has left a sign of life; it costs a tenth of a second."""

import os
import socket
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import psycopg2

# Four signs of life missed, and a slow statement.
LONGEST_SILENCE = timedelta(seconds=15)
# A pooler lets us in while Postgres is away, and holds the statement until it is back.
PATIENCE = timedelta(seconds=5)
NEWEST = """
SET LOCAL statement_timeout = '2s';
SELECT max(seen_at) FROM heartbeat WHERE split_part(instance, ':', 1) = %s
"""


def database_url() -> str:
    named = os.environ.get("DATABASE_URL_FILE")
    return Path(named).read_text().strip() if named else os.environ["DATABASE_URL"]


def newest_sign(url: str) -> datetime | None:
    with psycopg2.connect(url, connect_timeout=2) as connection, connection.cursor() as cursor:
        cursor.execute(NEWEST, [socket.gethostname()])
        (seen_at,) = cursor.fetchone() or (None,)
    return seen_at


def is_recent(seen_at: datetime | None) -> bool:
    return seen_at is not None and datetime.now(UTC) - seen_at < LONGEST_SILENCE


def is_alive() -> bool:
    """Without Postgres, or its schema, nobody can tell, and a restart would mend nothing."""
    url, signs = database_url(), list[datetime | None]()

    def ask() -> None:
        with suppress(psycopg2.Error):
            signs.append(newest_sign(url))

    asking = Thread(target=ask, daemon=True)
    asking.start()
    asking.join(PATIENCE.total_seconds())
    return all(map(is_recent, signs))


sys.exit(not is_alive())
