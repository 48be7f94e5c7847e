"""Alerts as an administrator sees them: the newest first, and to be acknowledged."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from ostiary.errors import NotFound
from ostiary.platform.batch_delete import sweep
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.watch.alerts.alert import Alert, State
from ostiary.watch.alerts.ledger import COLUMNS

REMEMBERED = timedelta(days=90)

LIST = f"""
SELECT {COLUMNS} FROM alert
WHERE (%(state)s::text IS NULL OR (resolved_at IS NULL) = (%(state)s = 'firing'))
  AND (%(before)s::uuid IS NULL OR id < %(before)s)
ORDER BY id DESC LIMIT %(limit)s
"""
# The first who knows has acknowledged it.
ACKNOWLEDGE = f"""
UPDATE alert SET acknowledged_by = coalesce(acknowledged_by, %(by)s),
    acknowledged_at = coalesce(acknowledged_at, %(now)s)
WHERE id = %(id)s RETURNING {COLUMNS}
"""
FORGET = """
DELETE FROM alert WHERE id IN (
    SELECT id FROM alert WHERE resolved_at < %(before)s
    LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True)
class Alerts:
    database: Database
    now: Clock

    def newest(
        self, *, limit: int, state: State | None = None, before: UUID | None = None
    ) -> list[Alert]:
        rows = self.database.fetch_all(LIST, state=state, before=before, limit=limit)
        return [Alert(*row) for row in rows]

    def acknowledge(self, alert_id: UUID, *, by: UUID) -> Alert:
        """Ends its repetition; may be repeated, and raises `NotFound`."""
        row = self.database.fetch_one(ACKNOWLEDGE, id=alert_id, by=by, now=self.now())
        if row is None:
            raise NotFound
        return Alert(*row)

    def prune(self) -> int:
        return sweep(self.database, FORGET, before=self.now() - REMEMBERED)
