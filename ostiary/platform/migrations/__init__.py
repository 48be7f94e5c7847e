"""Numbered migrations, each applied exactly once, however many replicas start at once."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from pkgutil import iter_modules

import structlog
from psycopg2.errors import LockNotAvailable

from ostiary.errors import Unavailable
from ostiary.platform.database import Database, open_database

log = structlog.get_logger()

PATIENCE = timedelta(minutes=10)
ATTEMPTS = 12
PAUSE_SECONDS = 1.0

_LOCK = f"SELECT pg_advisory_xact_lock({int.from_bytes(b'migrate')})"
_LIMIT = "SET LOCAL lock_timeout = '5s'"
_TABLE = """
    CREATE TABLE IF NOT EXISTS migration (
        number integer PRIMARY KEY,
        name text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
    )
"""
_EXISTS = "SELECT to_regclass('migration') IS NOT NULL AS exists"
_KNOWN = "SELECT number FROM migration"
_RECORD = """
    INSERT INTO migration (number, name) VALUES (%(number)s, %(name)s)
    ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, order=True)
class Migration:
    number: int
    name: str
    sql: str


def pending(database: Database, *, package: str = __name__) -> list[str]:
    """The names still to be applied; changes nothing. Newer ones than ours may be there."""
    done = _applied_numbers(database)
    return [each.name for each in _load(package) if each.number not in done]


def statements(*, package: str = __name__) -> list[str]:
    """What makes the schema, one text a migration, in order."""
    return [each.sql for each in _load(package)]


def migrate(database: Database, *, package: str = __name__) -> list[str]:
    """Apply what is pending, in order and each in its own transaction; return their names."""
    patient = open_database(database.database, patience=PATIENCE)
    try:
        return [each.name for each in _load(package) if _apply_patiently(patient, each)]
    finally:
        patient.close()


def _applied_numbers(database: Database) -> set[int]:
    if not database.fetch_all(_EXISTS)[0].exists:
        return set()
    return {row.number for row in database.fetch_all(_KNOWN)}


def _load(package: str) -> list[Migration]:
    found = sorted(_find(package))
    if len({each.number for each in found}) < len(found):
        raise ValueError(f"Two migrations in {package} have the same number.")
    return found


def _find(package: str) -> Iterator[Migration]:
    for module in iter_modules(import_module(package).__path__):
        if re.fullmatch(r"\d{4}_\w+", module.name):
            sql = import_module(f"{package}.{module.name}").SQL
            yield Migration(int(module.name[:4]), module.name, sql)


def _apply_patiently(database: Database, migration: Migration) -> bool:
    """Give way to whoever holds a table, and try again."""
    for _ in range(ATTEMPTS - 1):
        try:
            return _apply(database, migration)
        except Unavailable as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
            log.warning("migration_waits_for_lock", migration=migration.name)
            time.sleep(PAUSE_SECONDS)
    return _apply(database, migration)


def _apply(database: Database, migration: Migration) -> bool:
    with database.atomic():
        database.run(_LOCK)
        database.run(_LIMIT)
        database.run(_TABLE)
        if not database.run(_RECORD, number=migration.number, name=migration.name):
            return False
        database.run(migration.sql)
    log.info("migration_applied", migration=migration.name)
    return True
