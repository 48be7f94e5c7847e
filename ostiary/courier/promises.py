"""Keeping promises: claim with a lease, perform, and a fenced finish."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from ostiary.courier.channels import Channels
from ostiary.courier.smtp import (
    LetterDeferred,
    LetterRefused,
    OutcomeUnknown,
    ServerMisconfigured,
    ServerUnreachable,
)
from ostiary.errors import Unavailable
from ostiary.platform.chance import new_id
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database

log = structlog.get_logger()

# Longer than any delivery may take, so that a lease ends only with its holder.
LEASE = timedelta(seconds=30)
OVERDUE_AFTER = timedelta(seconds=3)
LONGEST_WAIT = timedelta(minutes=5)

CLAIM = """
UPDATE outbox SET status = 'sending', attempts = attempts + 1, lease = %(lease)s,
    due_at = %(leased_until)s
WHERE id = (
    SELECT id FROM outbox
    WHERE status IN ('queued', 'sending') AND due_at <= %(due)s
      AND (%(id)s::uuid IS NULL OR id = %(id)s)
      AND NOT EXISTS (
          SELECT FROM channel WHERE name = outbox.channel AND paused_until > %(now)s)
    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, task, channel, event, attempts, created_at, expires_at, lease
"""
SETTLE = """
UPDATE outbox SET status = %(status)s, last_error = %(reason)s, due_at = %(due)s,
    nudged_at = NULL, lease = NULL, finished_at = %(finished_at)s
WHERE id = %(id)s AND lease = %(lease)s
"""


class NotWanted(Exception):
    """What was promised has lost its purpose; the promise is cancelled."""


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


Keeper = Callable[[Claimed], None]


@dataclass(frozen=True)
class Promises:
    database: Database
    channels: Channels
    keepers: Mapping[str, Keeper]
    now: Clock

    def keep(self, promise_id: UUID) -> None:
        """May be asked any number of times, by anybody: only who can claim the promise keeps it."""
        promise = self._claim(promise_id, due=self.now())
        if promise is not None:
            self._keep(promise)

    def keep_next_overdue(self) -> bool:
        """Keeps the promise that has waited longest beyond its time; False when there is none."""
        promise = self._claim(None, due=self.now() - OVERDUE_AFTER)
        if promise is not None:
            self._keep(promise)
        return promise is not None

    def _claim(self, promise_id: UUID | None, *, due: datetime) -> Claimed | None:
        now = self.now()
        row = self.database.fetch_one(
            CLAIM, id=promise_id, due=due, now=now, lease=new_id(), leased_until=now + LEASE
        )
        return row and Claimed(*row)

    def _keep(self, promise: Claimed) -> None:
        if promise.expires_at <= self.now():
            return self._settle(promise, "expired")
        try:
            self.keepers[promise.task](promise)
        except Unavailable:
            # The lease will end, and somebody will try again.
            raise
        except Exception as problem:
            self._disappoint(promise, problem)
        else:
            self._settle(promise, "sent")
            self.channels.resume(promise.channel)

    def _disappoint(self, promise: Claimed, problem: Exception) -> None:
        """The row keeps the reason; the log does not, for a mail server may quote an address."""
        reason = str(problem) or type(problem).__name__
        match problem:
            case NotWanted():
                self._settle(promise, "cancelled")
            case LetterRefused():
                self._settle(promise, "failed", reason)
            case ServerUnreachable() | ServerMisconfigured():
                self.channels.pause(promise.channel, reason)
                self._settle(promise, "queued", reason)
            case LetterDeferred() | OutcomeUnknown():
                self._settle(promise, "queued", reason, wait=backoff(promise.attempts))
            case _:
                log.error("promise_broken", promise_id=promise.id, exc_info=problem)
                self._settle(promise, "queued", reason, wait=backoff(promise.attempts))

    def _settle(
        self,
        promise: Claimed,
        status: str,
        reason: str | None = None,
        wait: timedelta = timedelta(),
    ) -> None:
        """Fenced: whoever lost the lease changes nothing."""
        now = self.now()
        fenced = self.database.run(
            SETTLE,
            id=promise.id,
            lease=promise.lease,
            status=status,
            reason=reason,
            due=now + wait,
            finished_at=None if status == "queued" else now,
        )
        log.info(
            "promise_settled" if fenced else "promise_lost",
            promise_id=promise.id,
            task=promise.task,
            status=status,
            attempts=promise.attempts,
        )


def backoff(attempts: int) -> timedelta:
    """1, 2, 4, … seconds up to five minutes, less a quarter at random."""
    seconds = min(2.0 ** min(attempts - 1, 10), LONGEST_WAIT.total_seconds())
    return timedelta(seconds=seconds * random.uniform(0.75, 1.0))
