"""Transactions that hold up others, or the tidying behind them."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from ostiary.doctor.finding import Finding
from ostiary.doctor.site import Site
from ostiary.doctor.words import lasting, several
from ostiary.platform.database import Row

LONG = timedelta(minutes=5)
IDLE = timedelta(minutes=1)
WAITING = timedelta(seconds=5)

ACTIVITY = """
SELECT pid, application_name AS name, state LIKE 'idle in transaction%%' AS is_idle,
    wait_event_type = 'Lock' AS waits, %(now)s - query_start AS queried,
    %(now)s - xact_start AS open_for, %(now)s - state_change AS unchanged,
    pg_blocking_pids(pid) AS blockers
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
    AND backend_type = 'client backend'
ORDER BY xact_start
"""


def look(site: Site) -> Iterator[Finding]:
    with site.postgres() as database:
        rows = database.fetch_all(ACTIVITY, now=site.now())
    yield from lock_waits(rows)
    yield from idle(rows)
    yield from long(rows)


def lock_waits(rows: Iterable[Row]) -> Iterator[Finding]:
    waiting = [row for row in rows if row.waits and row.queried > WAITING]
    if waiting:
        holders = {f"pid {pid}" for row in waiting for pid in row.blockers}
        longest = max(row.queried for row in waiting)
        yield Finding(
            "waiting_for_lock",
            f"{len(waiting)} wait, the longest for {lasting(longest)}, "
            f"for {several(sorted(holders))}.",
        )


def idle(rows: Iterable[Row]) -> Iterator[Finding]:
    found = [row for row in rows if row.is_idle and row.unchanged > IDLE]
    if found:
        said = several(f"{_who(row)} for {lasting(row.unchanged)}" for row in found)
        yield Finding("idle_in_transaction", f"{said}.")


def long(rows: Iterable[Row]) -> Iterator[Finding]:
    found = [row for row in rows if not row.is_idle and row.open_for > LONG]
    if found:
        said = several(f"{_who(row)} for {lasting(row.open_for)}" for row in found)
        yield Finding("long_transaction", f"{said}.")


def _who(row: Row) -> str:
    return f"pid {row.pid} ({row.name})" if row.name else f"pid {row.pid}"
