"""Numbered migrations, each applied exactly once, however many replicas start at once.

A migration is a module with `SQL`. What SQL cannot say is said by two more functions: `conflicts`
yields a sentence for each thing that must be put right before, and `convert` runs after the SQL.
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

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


class MigrationBlocked(Exception):
    """`conflicts` are sentences that name what must be put right first."""

    def __init__(self, found: list[str]) -> None:
        super().__init__(" ".join(found))
        self.conflicts = found


@dataclass(frozen=True, order=True)
class Migration:
    number: int
    name: str
    sql: str
    conflicts: Callable[[Database], Iterable[str]] = field(compare=False)
    convert: Callable[[Database], None] = field(compare=False)


def pending(database: Database, *, package: str = __name__) -> list[str]:
    """The names still to be applied; changes nothing. Newer ones than ours may be there."""
    done = _applied_numbers(database)
    return [each.name for each in _load(package) if each.number not in done]


def conflicts(database: Database, *, package: str = __name__) -> list[str]:
    """What must be put right before the pending migrations can be applied; changes nothing."""
    done = _applied_numbers(database)
    waiting = [each for each in _load(package) if each.number not in done]
    return [said for each in waiting if done for said in each.conflicts(database)]


def statements(*, package: str = __name__) -> list[str]:
    """What makes the schema, one text a migration, in order."""
    return [each.sql for each in _load(package)]


def migrate(database: Database, *, package: str = __name__) -> list[str]:
    """Apply what is pending, in order and each in its own transaction; return their names.

    Raises `MigrationBlocked` before anything is changed.
    """
    patient = open_database(database.database, patience=PATIENCE)
    try:
        if found := conflicts(patient, package=package):
            raise MigrationBlocked(found)
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
            yield _read(module.name, vars(import_module(f"{package}.{module.name}")))


def _read(name: str, module: Mapping[str, Any]) -> Migration:
    return Migration(
        int(name[:4]),
        name,
        module["SQL"],
        module.get("conflicts", lambda _: ()),
        module.get("convert", lambda _: None),
    )


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
        migration.convert(database)
    log.info("migration_applied", migration=migration.name)
    return True
