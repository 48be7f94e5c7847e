"""Locks, as whoever has to look at them sees them: the newest first."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from ostiary.platform.batch_delete import sweep
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database

REMEMBERED = timedelta(days=90)

# The clock decides whether a lock is over, whether or not a sweep has noted it.
LOCKS = """
SELECT id, account_id, email, subject, client, failures, locked_at, locked_until,
    CASE WHEN locked_until <= %(now)s THEN coalesce(released_at, locked_until)
        ELSE released_at END AS released_at,
    CASE WHEN locked_until <= %(now)s THEN coalesce(released_by, 'expiry')
        ELSE released_by END AS released_by
FROM lockout
"""
IS_ACTIVE = "released_at IS NULL AND locked_until > %(now)s"
LIST = f"""
{LOCKS}
WHERE (%(active)s::boolean IS NULL OR ({IS_ACTIVE}) = %(active)s)
  AND (%(before)s::uuid IS NULL OR id < %(before)s)
ORDER BY id DESC LIMIT %(limit)s
"""
ON_ADDRESS = f"{LOCKS} WHERE email = %(email)s AND {IS_ACTIVE} ORDER BY id DESC"

EVER = "SELECT id FROM lockout WHERE email = %(email)s LIMIT 1"

FORGET = """
DELETE FROM lockout WHERE id IN (
    SELECT id FROM lockout WHERE locked_at < %(before)s AND locked_until < %(before)s
    ORDER BY locked_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""


class Lock(NamedTuple):
    id: UUID
    account_id: UUID | None
    email: str
    subject: str
    client: str
    failures: int
    locked_at: datetime
    locked_until: datetime
    released_at: datetime | None
    released_by: str | None

    @property
    def budget(self) -> str:
        """Whose is spent: `address` or `device`."""
        return self.subject.partition(":")[0]


@dataclass(frozen=True)
class Locks:
    database: Database
    now: Clock

    def newest(
        self, *, limit: int, active: bool | None = None, before: UUID | None = None
    ) -> list[Lock]:
        """Active ones only, only those that are over, or all; older than the one named."""
        rows = self.database.fetch_all(
            LIST, active=active, before=before, limit=limit, now=self.now()
        )
        return [Lock(*row) for row in rows]

    def active_on(self, email: str) -> list[Lock]:
        """Of the address and of its devices; `email` is the address's key."""
        rows = self.database.fetch_all(ON_ADDRESS, email=email, now=self.now())
        return [Lock(*row) for row in rows]

    def ever_on(self, email: str) -> bool:
        return self.database.fetch_one(EVER, email=email) is not None

    def prune(self) -> int:
        return sweep(self.database, FORGET, before=self.now() - REMEMBERED)
