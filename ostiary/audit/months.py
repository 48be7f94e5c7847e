"""Months: the partitions of the audit are made ahead of time, and dropped as a whole."""

from dataclasses import dataclass
from datetime import UTC, datetime

from ostiary.platform.clock import Clock
from ostiary.platform.database import Database

MONTHS_AHEAD = 2

# Attaching a month lets others go on writing, where creating it in its place would not. Whatever
# must keep them out gives up before a request would, and is tried again the day after.
IMPATIENCE = "SET LOCAL lock_timeout = '500ms'"
MAKE = """
DO $$ BEGIN
    IF to_regclass(%(name)s) IS NULL THEN
        LOCK TABLE audit_default IN ACCESS EXCLUSIVE MODE;
        EXECUTE format('CREATE TABLE %%I (LIKE audit INCLUDING ALL)', %(name)s);
        EXECUTE format(
            'WITH moved AS (DELETE FROM audit_default WHERE at >= %%L AND at < %%L RETURNING *) '
            'INSERT INTO %%I SELECT * FROM moved', %(first)s, %(after)s, %(name)s);
        EXECUTE format('ALTER TABLE audit ATTACH PARTITION %%I FOR VALUES FROM (%%L) TO (%%L)',
            %(name)s, %(first)s, %(after)s);
    END IF;
END $$
"""
OLD = r"""
SELECT relname AS name FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
WHERE inhparent = 'audit'::regclass AND relname ~ '^audit_\d{4}_\d{2}$' AND relname < %(name)s
ORDER BY relname
"""
DROP = "DO $$ BEGIN EXECUTE format('DROP TABLE IF EXISTS %%I', %(name)s); END $$"


@dataclass(frozen=True)
class Months:
    database: Database
    now: Clock

    def prepare(self) -> None:
        """Makes this month and the next ones; what came too early for them is moved there."""
        first = month_of(self.now())
        for _ in range(MONTHS_AHEAD + 1):
            after = month_after(first)
            self._change(MAKE, name=_name(first), first=_text(first), after=_text(after))
            first = after

    def drop(self, before: datetime) -> None:
        """Every month that was over by then, the oldest first."""
        for row in self.database.fetch_all(OLD, name=_name(before)):
            self._change(DROP, name=row.name)

    def _change(self, statement: str, **params: str) -> None:
        with self.database.atomic():
            self.database.run(IMPATIENCE)
            self.database.run(statement, **params)


def month_of(moment: datetime) -> datetime:
    in_utc = moment.astimezone(UTC)
    return datetime(in_utc.year, in_utc.month, 1, tzinfo=UTC)


def month_after(first: datetime) -> datetime:
    return datetime(first.year + first.month // 12, first.month % 12 + 1, 1, tzinfo=UTC)


def _name(first: datetime) -> str:
    return f"audit_{first:%Y_%m}"


def _text(moment: datetime) -> str:
    return moment.isoformat()
