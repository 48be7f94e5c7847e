"""Lockouts: a spent budget closes an address or a device for a while, longer each time."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Literal
from uuid import UUID

from ostiary.courier.outbox import Outbox
from ostiary.errors import NotFound
from ostiary.events import LockoutReleased, LockoutStarted
from ostiary.platform import metrics
from ostiary.platform.batch_delete import BATCH
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database, Row
from ostiary.platform.identifiers import new_id
from ostiary.protection.knocks import Knock
from ostiary.protection.lockout_cache import RememberedRefusals

Release = Literal["expiry", "admin", "reset"]

LONGEST_LOCK = timedelta(hours=24)
FORGOTTEN_AFTER = timedelta(days=1)
MOST_DOUBLINGS = 20

LAST = """
SELECT repeats FROM lockout WHERE subject = %(subject)s AND locked_until > %(since)s
ORDER BY locked_at DESC LIMIT 1
"""
INSERT = """
INSERT INTO lockout
    (id, subject, email, account_id, client, failures, repeats, locked_at, locked_until)
VALUES (%(id)s, %(subject)s, %(email)s, %(account_id)s, %(client)s, %(failures)s, %(repeats)s,
    %(now)s, %(locked_until)s)
"""
RELEASE = """
UPDATE lockout SET released_at = %(now)s, released_by = %(by)s
WHERE released_at IS NULL AND locked_until > %(now)s
  AND (id = %(id)s OR email = %(email)s OR account_id = %(account_id)s)
RETURNING id, account_id, subject, locked_until
"""
EXISTS = "SELECT id FROM lockout WHERE id = %(id)s"
EXPIRE = """
UPDATE lockout SET released_at = locked_until, released_by = 'expiry' WHERE id IN (
    SELECT id FROM lockout WHERE released_at IS NULL AND locked_until <= %(now)s
    ORDER BY locked_until LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
RETURNING id, account_id
"""


@dataclass(frozen=True)
class Lockouts:
    database: Database
    outbox: Outbox
    refusals: RememberedRefusals
    now: Clock
    length: timedelta
    letter_life: timedelta

    def start(self, knock: Knock, failures: int) -> None:
        """For 1, 2, 4, … times the length, as long as no day has passed in peace.

        Belongs inside the transaction that has spent the budget.
        """
        repeats = self._repeats(knock.subject)
        self._insert(
            knock,
            id=new_id(),
            account_id=knock.owner(),
            failures=failures,
            repeats=repeats,
            locked_until=self.now() + self._length(repeats),
        )

    def length_of_next(self, subject: str) -> timedelta:
        return self._length(self._repeats(subject))

    def _repeats(self, subject: str) -> int:
        last = self.database.fetch_one(LAST, subject=subject, since=self.now() - FORGOTTEN_AFTER)
        return last.repeats + 1 if last else 0

    def _length(self, repeats: int) -> timedelta:
        return min(self.length * (1 << min(repeats, MOST_DOUBLINGS)), LONGEST_LOCK)

    def _insert(self, knock: Knock, **facts: Any) -> None:
        now = self.now()
        self.database.run(
            INSERT, subject=knock.subject, email=knock.email, client=knock.client, now=now, **facts
        )
        self.outbox.record(
            LockoutStarted(
                lockout_id=facts["id"],
                account_id=facts["account_id"],
                client=knock.client,
                locked_until=facts["locked_until"],
                keep_until=now + self.letter_life,
            )
        )
        self.database.after_commit(metrics.lockouts_started.add)

    def release(
        self,
        *,
        by: Release,
        lockout_id: UUID | None = None,
        email: str | None = None,
        account_id: UUID | None = None,
    ) -> list[Row]:
        """The active locks that were named, over at once: `id`, `subject` and `locked_until`."""
        with self.database.atomic():
            released = self.database.fetch_all(
                RELEASE, id=lockout_id, email=email, account_id=account_id, by=by, now=self.now()
            )
            for row in released:
                self.outbox.record(_released(row, by))
                self.database.after_commit(partial(self.refusals.forget, row.subject))
                self.database.after_commit(partial(metrics.lockouts_released.add, by))
        return released

    def release_one(self, lockout_id: UUID) -> None:
        """One that is over stays as it was; raises `NotFound` for one that never was."""
        released = self.release(by="admin", lockout_id=lockout_id)
        if not released and not self.database.fetch_one(EXISTS, id=lockout_id):
            raise NotFound

    def expire(self) -> int:
        """Notes what the clock has decided: locks that are over, oldest first."""
        expired = 0
        while batch := self._expire_batch():
            expired += batch
            if batch < BATCH:
                break
        return expired

    def _expire_batch(self) -> int:
        with self.database.atomic():
            rows = self.database.fetch_all(EXPIRE, now=self.now(), limit=BATCH)
            for row in rows:
                self.outbox.record(_released(row, "expiry"))
                self.database.after_commit(partial(metrics.lockouts_released.add, "expiry"))
        return len(rows)


def _released(row: Row, by: Release) -> LockoutReleased:
    return LockoutReleased(lockout_id=row.id, account_id=row.account_id, by=by)
