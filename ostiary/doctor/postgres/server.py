"""The server: whether it answers, how quickly, and whether it is the right one."""

import time
from collections.abc import Iterator
from statistics import median

from ostiary.doctor.finding import Finding, RoundTrip, Seen
from ostiary.doctor.site import PATIENCE, Site
from ostiary.doctor.words import several
from ostiary.errors import Unavailable
from ostiary.platform.database import Database, Row
from ostiary.platform.database.failures import OutOfPatience
from ostiary.platform.migrations import pending
from ostiary.platform.settings import Settings

OLDEST = 150_000
SLOW_SECONDS = 0.05
ROUNDS = 5
SPENT = 0.8
# Looks, probes and scrapes of one process.
ASIDE = 4

SERVER = """
SELECT current_setting('server_version_num')::int AS version,
    current_setting('server_version') AS version_in_words,
    pg_is_in_recovery() AS is_standby,
    current_setting('max_connections')::int
        - current_setting('superuser_reserved_connections')::int AS most,
    (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections
"""


def look(site: Site) -> Iterator[Seen]:
    with site.postgres() as database:
        try:
            seconds = _round_trip(database)
        except Unavailable as reason:
            yield Finding("postgres_unreachable", f"DATABASE_URL: {_why(reason)}.")
            return
        yield RoundTrip("postgres", seconds)
        yield from slowness(seconds)
        row = database.fetch_all(SERVER)[0]
        yield from identity(row)
        yield from connections(row, site.settings)
        yield from migrations(pending(database))


def slowness(seconds: float) -> Iterator[Finding]:
    if seconds > SLOW_SECONDS:
        yield Finding("postgres_slow", f"A trivial question takes {seconds * 1000:.0f} ms.")


def identity(row: Row) -> Iterator[Finding]:
    if row.version < OLDEST:
        yield Finding("postgres_old", f"It is PostgreSQL {row.version_in_words}.")
    if row.is_standby:
        yield Finding("postgres_standby", "pg_is_in_recovery() is true.")


def connections(row: Row, settings: Settings) -> Iterator[Finding]:
    if row.connections > SPENT * row.most:
        yield Finding(
            "postgres_connections_spent", f"{row.connections} of {row.most} connections are open."
        )
    web = settings.web_concurrency * (settings.web_threads + ASIDE)
    asked = web + settings.worker_concurrency + 2 * ASIDE
    if asked > row.most:
        yield Finding(
            "postgres_connections_few",
            f"One replica of each process may open {asked}, Postgres allows {row.most}.",
        )


def migrations(missing: list[str]) -> Iterator[Finding]:
    if missing:
        yield Finding("migrations_pending", f"Missing: {several(missing)}.")


def _why(reason: Unavailable) -> str:
    """Never in the words of the driver, which name hosts and users."""
    if isinstance(reason.__cause__, OutOfPatience):
        return f"no answer within {PATIENCE.total_seconds():g} s"
    return "refused"


def _round_trip(database: Database) -> float:
    """The median of a few, in seconds, once connected."""
    database.fetch_all("SELECT 1 AS one")
    return median(_once(database) for _ in range(ROUNDS))


def _once(database: Database) -> float:
    began = time.monotonic()
    database.fetch_all("SELECT 1 AS one")
    return time.monotonic() - began
