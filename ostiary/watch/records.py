"""The history of readiness: recorded by the periodic check, completed by the watchdog."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from ostiary.platform.batch_delete import sweep
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.identifiers import new_id
from ostiary.watch.checks import Status
from ostiary.watch.readiness import Readiness, Verdict

REMEMBERED = timedelta(days=30)
AT_LEAST_EVERY = timedelta(seconds=15)
NEAR = timedelta(seconds=12)
# A day of an absent Postgres.
ROOM = int(timedelta(days=1) / AT_LEAST_EVERY)

ADD = """
INSERT INTO readiness (id, checked_at, status, checks)
VALUES (%(id)s, %(checked_at)s, %(status)s, %(checks)s)
"""
# Of several watchdogs, and of those and the periodic check, one is enough.
LOCK = "SELECT pg_advisory_xact_lock(hashtext('readiness'))"
COMPLETE = """
INSERT INTO readiness (id, checked_at, status, checks)
SELECT %(id)s, %(checked_at)s, %(status)s, %(checks)s::jsonb WHERE NOT EXISTS (
    SELECT FROM readiness WHERE checks = %(checks)s::jsonb
    AND checked_at BETWEEN %(checked_at)s - %(near)s AND %(checked_at)s + %(near)s)
"""
# Ids follow the time but for the clocks of several machines; the first of them bounds the search.
LIST = """
SELECT id, checked_at, status, checks FROM readiness
WHERE (%(since)s::timestamptz IS NULL OR checked_at >= %(since)s AND id >= (
    SELECT id FROM readiness WHERE checked_at >= %(since)s::timestamptz - interval '1 minute'
    ORDER BY checked_at LIMIT 1))
  AND (%(before)s::uuid IS NULL OR id < %(before)s)
ORDER BY id DESC LIMIT %(limit)s
"""
FORGET = """
DELETE FROM readiness WHERE id IN (
    SELECT id FROM readiness WHERE checked_at < %(before)s
    ORDER BY checked_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""


class Record(NamedTuple):
    id: UUID
    checked_at: datetime
    status: Verdict
    checks: Mapping[str, Status]


@dataclass
class Records:
    database: Database
    readiness: Readiness
    now: Clock
    _unwritten: deque[Record] = field(default_factory=lambda: deque(maxlen=ROOM))
    _last: Record | None = None

    def record(self) -> None:
        """Looks, and adds what was found."""
        self.readiness.look()
        self.database.run(ADD, **self._found()._asdict())

    def complete(self) -> None:
        """Adds what changed and what nobody else recorded; kept here until Postgres takes it."""
        self._notice(self._found())
        while self._unwritten:
            with self.database.atomic():
                self.database.run(LOCK)
                self.database.run(COMPLETE, near=NEAR, **self._unwritten[0]._asdict())
            self._unwritten.popleft()

    def newest(
        self, *, limit: int, since: datetime | None = None, before: UUID | None = None
    ) -> list[Record]:
        rows = self.database.fetch_all(LIST, since=since, before=before, limit=limit)
        return [Record(*row) for row in rows]

    def prune(self) -> int:
        return sweep(self.database, FORGET, before=self.now() - REMEMBERED)

    def _notice(self, found: Record) -> None:
        last = self._last
        is_news = last is None or last.checks != found.checks
        if is_news or (last and found.checked_at - last.checked_at >= AT_LEAST_EVERY):
            self._last = found
            self._unwritten.append(found)

    def _found(self) -> Record:
        report = self.readiness.report()
        statuses = {name: finding.status for name, finding in report.checks.items()}
        return Record(new_id(), self.now(), report.status, statuses)
