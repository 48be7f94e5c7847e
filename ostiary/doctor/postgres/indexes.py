"""Indexes that are gone, broken or idle, and tables that are read without one."""

import re
from collections.abc import Iterable, Iterator

from ostiary.doctor.finding import Finding
from ostiary.doctor.site import Site
from ostiary.doctor.words import several
from ostiary.platform.database import Row
from ostiary.platform.migrations import pending, statements

LARGE_BYTES = 100 * 2**20
MANY_ROWS = 10_000
MANY_TIMES = 1000

MADE = re.compile(r"CREATE (?:UNIQUE )?INDEX (?:CONCURRENTLY )?(?:IF NOT EXISTS )?(\w+)\s+ON (\w+)")
TABLES_DROPPED = re.compile(r"DROP TABLE (?:IF EXISTS )?([\w, ]+)")
DROPPED = re.compile(r"DROP INDEX (?:CONCURRENTLY )?(?:IF EXISTS )?(\w+)")
INDEXES = """
SELECT c.relname AS name, i.indisvalid AS is_valid, i.indisunique AS is_unique,
    pg_relation_size(c.oid) AS bytes, coalesce(s.idx_scan, 0) AS scans
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
LEFT JOIN pg_stat_user_indexes s ON s.indexrelid = i.indexrelid
WHERE pg_table_is_visible(i.indrelid) AND NOT EXISTS (
    SELECT FROM pg_namespace n WHERE n.oid = c.relnamespace AND n.nspname LIKE 'pg\\_%%')
ORDER BY c.relname
"""
SCANNED = """
SELECT relname AS name, n_live_tup AS rows, seq_scan AS scans, seq_tup_read AS read
FROM pg_stat_user_tables WHERE pg_table_is_visible(relid)
ORDER BY seq_tup_read DESC
"""


def look(site: Site) -> Iterator[Finding]:
    with site.postgres() as database:
        rows = database.fetch_all(INDEXES)
        if not pending(database):
            yield from missing(rows, expected(statements()))
        yield from invalid(rows)
        yield from unused(rows)
        yield from scanned(database.fetch_all(SCANNED))


def expected(migrations: Iterable[str]) -> set[str]:
    """The indexes that are there after these migrations."""
    tables: dict[str, str] = {}
    for sql in migrations:
        tables |= dict(MADE.findall(sql))
        gone = {name for names in TABLES_DROPPED.findall(sql) for name in names.split(", ")}
        dropped = {*DROPPED.findall(sql), *(name for name, on in tables.items() if on in gone)}
        tables = {name: on for name, on in tables.items() if name not in dropped}
    return {*tables}


def missing(rows: Iterable[Row], names: set[str]) -> Iterator[Finding]:
    if gone := names - {row.name for row in rows}:
        yield Finding("index_missing", f"Missing: {several(sorted(gone))}.")


def invalid(rows: Iterable[Row]) -> Iterator[Finding]:
    if found := [row.name for row in rows if not row.is_valid]:
        yield Finding("index_invalid", f"Invalid: {several(found)}.")


def unused(rows: Iterable[Row]) -> Iterator[Finding]:
    """What keeps values unique is in use without being read."""
    idle = [row for row in rows if row.scans == 0 and row.bytes > LARGE_BYTES]
    if found := [f"{row.name} ({row.bytes // 2**20} MiB)" for row in idle if not row.is_unique]:
        yield Finding("index_unused", f"Unused: {several(found)}.")


def scanned(rows: Iterable[Row]) -> Iterator[Finding]:
    large = [row for row in rows if row.rows >= MANY_ROWS and row.read > MANY_TIMES * row.rows]
    if large:
        said = several(f"{row.name} ({row.rows} rows, {row.scans} times)" for row in large)
        yield Finding("sequential_scans", f"Read whole: {said}.")
