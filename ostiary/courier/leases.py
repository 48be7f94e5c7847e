"""Leases: a promise is in one pair of hands at a time, and whoever let it go changes it no more."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from ostiary.courier.outbox import kind_of
from ostiary.errors import Unavailable
from ostiary.platform import metrics
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.identifiers import new_id

log = structlog.get_logger()

# Longer than any delivery may take, so that a lease ends only with its holder.
LEASE = timedelta(seconds=30)
# Postgres may blink between the mail server's acceptance and our note of it.
INSISTENCE = 20
BLINK = timedelta(seconds=0.25)

TAKE = """
UPDATE outbox SET status = 'sending', attempts = attempts + 1, lease = %(lease)s,
    due_at = %(leased_until)s
"""
TAKEN = "RETURNING id, task, channel, event, attempts, created_at, expires_at, lease, origin"
# What one target is told of one alert makes sense in its order alone.
IN_TURN = """(event ->> 'alert_id' IS NULL OR NOT EXISTS (
        SELECT FROM outbox AS earlier
        WHERE earlier.channel = outbox.channel AND earlier.status IN ('queued', 'sending')
          AND earlier.id < outbox.id
          AND earlier.event ->> 'alert_id' = outbox.event ->> 'alert_id'
          AND earlier.event ->> 'target' = outbox.event ->> 'target'))"""
DUE = f"status IN ('queued', 'sending') AND due_at <= %(due)s AND {IN_TURN}"

CLAIM = f"""{TAKE}
WHERE id = (
    SELECT id FROM outbox WHERE id = %(id)s AND {DUE} AND NOT EXISTS (
        SELECT FROM channel WHERE name = outbox.channel AND paused_until > %(now)s)
    FOR UPDATE SKIP LOCKED)
{TAKEN}
"""
# Whether a channel pauses is looked up once, and not for each of the many that then wait.
CLAIM_NEXT = f"""{TAKE}
WHERE id = (
    SELECT id FROM outbox WHERE channel = %(channel)s AND {DUE} AND NOT EXISTS (
        SELECT FROM channel WHERE name = %(channel)s AND paused_until > %(now)s)
    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
{TAKEN}
"""
LEAVE = """
UPDATE outbox SET nudged_at = NULL WHERE id IN (
    SELECT id FROM outbox WHERE id = ANY (%(ids)s) AND status = 'queued' FOR UPDATE SKIP LOCKED)
"""
# Cancelled meanwhile: what would have been tried again is not, and anything else is as it happened.
SETTLE = """
UPDATE outbox SET last_error = %(reason)s, due_at = %(due)s, nudged_at = NULL, lease = NULL,
    status = CASE WHEN status = 'cancelled' AND %(status)s = 'queued' THEN status
        ELSE %(status)s END,
    finished_at = CASE WHEN status = 'cancelled' AND %(status)s = 'queued' THEN finished_at
        ELSE %(finished_at)s END
WHERE id = %(id)s AND lease = %(lease)s RETURNING status
"""


@dataclass(frozen=True)
class Claimed:
    """A promise in the hands of one worker, until its lease ends."""

    id: UUID
    task: str
    channel: str
    event: dict[str, Any]
    attempts: int
    created_at: datetime
    expires_at: datetime
    lease: UUID
    origin: dict[str, str] | None


@dataclass(frozen=True)
class Leases:
    database: Database
    now: Clock

    def claim(self, promise_id: UUID) -> Claimed | None:
        """None when it is settled, not due or in somebody's hands, or has to let others go first.

        Those are the notices of the same alert before it; and everybody while its channel pauses.
        """
        return self._claim(CLAIM, id=promise_id, due=self.now())

    def claim_next(self, channel: str, *, due: datetime) -> Claimed | None:
        """The one that is due longest, and was before `due`."""
        return self._claim(CLAIM_NEXT, channel=channel, due=due)

    def leave(self, promise_ids: Sequence[UUID]) -> None:
        """They were nudged about, and are not claimed: the next relay may do it again."""
        self.database.run(LEAVE, ids=[*promise_ids])

    def postpone(self, promise: Claimed, reason: str, *, until: datetime) -> None:
        self._settle(promise, "queued", reason=reason, due=until, finished_at=None)

    def finish(self, promise: Claimed, status: str, reason: str | None = None) -> None:
        now = self.now()
        self._settle(promise, status, reason=reason, due=now, finished_at=now)

    def _claim(self, statement: str, **params: Any) -> Claimed | None:
        now = self.now()
        row = self.database.fetch_one(
            statement, now=now, lease=new_id(), leased_until=now + LEASE, **params
        )
        return row and Claimed(*row)

    def _settle(self, promise: Claimed, status: str, **changes: Any) -> None:
        """Insists for some seconds: what was done and is not noted would be done again."""
        for _ in range(INSISTENCE):
            try:
                return self._note(promise, status, changes)
            except Unavailable:
                time.sleep(BLINK.total_seconds())
        return self._note(promise, status, changes)

    def _note(self, promise: Claimed, status: str, changes: dict[str, Any]) -> None:
        fenced = self.database.fetch_one(
            SETTLE, id=promise.id, lease=promise.lease, status=status, **changes
        )
        if fenced:
            status = fenced.status
            outcome = "postponed" if status == "queued" else status
            metrics.messages.add(kind_of(promise.task), outcome)
        log.info(
            "promise_settled" if fenced else "promise_lost",
            promise_id=promise.id,
            task=promise.task,
            status=status,
            attempts=promise.attempts,
        )
