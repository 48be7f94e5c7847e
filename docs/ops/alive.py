"""Whether a process of this container has left a sign of life; it costs a tenth of a second."""

import os
import socket
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2

# Four signs of life missed, and a slow statement.
LONGEST_SILENCE = timedelta(seconds=15)
NEWEST = "SELECT max(seen_at) FROM heartbeat WHERE split_part(instance, ':', 1) = %s"


def newest_sign() -> datetime | None:
    named = os.environ.get("DATABASE_URL_FILE")
    url = Path(named).read_text().strip() if named else os.environ["DATABASE_URL"]
    connection = psycopg2.connect(url, connect_timeout=2, options="-c statement_timeout=2s")
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, [socket.gethostname()])
        (seen_at,) = cursor.fetchone() or (None,)
    return seen_at


def is_alive() -> bool:
    """Without Postgres, or its schema, nobody can tell, and a restart would mend nothing."""
    try:
        seen_at = newest_sign()
    except psycopg2.Error:
        return True
    return seen_at is not None and datetime.now(UTC) - seen_at < LONGEST_SILENCE


sys.exit(not is_alive())
