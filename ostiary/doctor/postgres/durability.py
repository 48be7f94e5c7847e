"""Whether what Postgres has confirmed outlives a crash, and a year."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from ostiary.doctor.finding import Finding
from ostiary.doctor.site import Site
from ostiary.doctor.words import lasting
from ostiary.platform.database import Row

LATE_AFTER = timedelta(hours=1)
# Of two thousand million.
MOST_TRANSACTIONS = 1_500_000_000

SETTINGS = """
SELECT current_setting('fsync') = 'on' AS fsync,
    current_setting('full_page_writes') = 'on' AS full_page_writes,
    current_setting('synchronous_commit') <> 'off' AS synchronous_commit,
    current_setting('autovacuum') = 'on' AS autovacuum,
    current_setting('track_counts') = 'on' AS track_counts,
    (SELECT max(age(datfrozenxid)) FROM pg_database WHERE datallowconn) AS transactions
"""
ARCHIVER = """
SELECT current_setting('archive_mode') <> 'off' AS is_on,
    make_interval(secs => (SELECT setting::int FROM pg_settings WHERE name = 'archive_timeout'))
        AS at_least_every,
    coalesce(last_archived_time, pg_postmaster_start_time()) AS archived_at,
    last_failed_time AS failed_at, failed_count AS failures
FROM pg_stat_archiver
"""


def look(site: Site) -> Iterator[Finding]:
    with site.postgres() as database:
        row = database.fetch_all(SETTINGS)[0]
        yield from crashes(row)
        yield from tidiness(row)
        archiver = database.fetch_all(ARCHIVER)[0]
        yield from archiving(archiver, site.now(), is_public=site.is_public)


def crashes(row: Row) -> Iterator[Finding]:
    if off := [name for name in ("fsync", "full_page_writes") if not getattr(row, name)]:
        yield Finding("postgres_not_durable", f"Off: {', '.join(off)}.")
    if not row.synchronous_commit:
        yield Finding("commits_not_awaited", "synchronous_commit is off for this role.")


def tidiness(row: Row) -> Iterator[Finding]:
    if off := [name for name in ("autovacuum", "track_counts") if not getattr(row, name)]:
        yield Finding("autovacuum_off", f"Off: {', '.join(off)}.")
    if row.transactions > MOST_TRANSACTIONS:
        used = row.transactions / 1_000_000
        yield Finding("wraparound_near", f"The oldest row is {used:.0f} million transactions old.")


def archiving(row: Row, now: datetime, *, is_public: bool) -> Iterator[Finding]:
    if not row.is_on:
        if is_public:
            yield Finding("archiving_off", "archive_mode is off.")
    elif row.failed_at and row.failed_at > row.archived_at:
        since = lasting(now - row.archived_at)
        yield Finding(
            "archiving_failing", f"{row.failures} failures; nothing archived for {since}."
        )
    elif now - row.archived_at > max(LATE_AFTER, 2 * row.at_least_every):
        yield Finding("archiving_late", f"Nothing archived for {lasting(now - row.archived_at)}.")
