"""Keeping promises: claim with a lease, perform, and finish or postpone."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from ostiary.courier.backoff import backoff
from ostiary.courier.channels import CHANNELS, LONGEST_WAITS, Channels
from ostiary.courier.deliveries import Interrupted
from ostiary.courier.leases import Claimed, Leases
from ostiary.courier.smtp import (
    LetterDeferred,
    LetterRefused,
    OutcomeUnknown,
    ServerMisconfigured,
    ServerUnreachable,
)
from ostiary.errors import Unavailable
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.tracing import resumed

__all__ = ["Claimed", "Keeper", "NotWanted", "Promises"]

log = structlog.get_logger()

Keeper = Callable[[Claimed], None]

# A delivery may take twenty seconds, and a task as much and a little more.
NO_OTHER_AFTER = timedelta(seconds=2)


class NotWanted(Exception):
    """What was promised has lost its purpose; the promise is cancelled."""


@dataclass(frozen=True)
class Promises:
    database: Database
    channels: Channels
    keepers: Mapping[str, Keeper]
    now: Clock
    round: Callable[[], AbstractContextManager[object]] = nullcontext

    def keep(self, *promise_ids: UUID) -> None:
        """May be asked any number of times, by anybody: only who can claim a promise keeps it.

        One after the other; those that two seconds do not suffice to begin are nudged again.
        """
        with self.round():
            self._keep_each(promise_ids, until=self.now() + NO_OTHER_AFTER)

    def keep_next_overdue(self, channel: str) -> bool:
        """Keeps what has waited longest beyond the channel's time; False if nothing did."""
        promise = self._leases.claim_next(channel, due=self.now() - CHANNELS[channel])
        if promise is not None:
            self._keep(promise)
        return promise is not None

    @property
    def _leases(self) -> Leases:
        return Leases(self.database, self.now)

    def _keep_each(self, promise_ids: Sequence[UUID], *, until: datetime) -> None:
        for number, promise_id in enumerate(promise_ids):
            if self.now() >= until:
                return self._leases.leave(promise_ids[number:])
            promise = self._leases.claim(promise_id)
            if promise is not None:
                self._keep(promise)
        return None

    def _keep(self, promise: Claimed) -> None:
        with resumed(promise.origin, work=f"keep {promise.task}"):
            self._perform(promise)

    def _perform(self, promise: Claimed) -> None:
        if promise.expires_at <= self.now():
            return self._leases.finish(promise, "expired")
        try:
            self.keepers[promise.task](promise)
        except Unavailable:
            # The lease will end, and somebody will try again.
            raise
        except Exception as problem:  # noqa: BLE001
            self._disappoint(promise, problem)
        else:
            self._leases.finish(promise, "sent")
            self.channels.resume(promise.channel)

    def _disappoint(self, promise: Claimed, problem: Exception) -> None:
        """The row keeps the reason; the log does not, for a mail server may quote an address."""
        reason = str(problem) or type(problem).__name__
        match problem:
            case NotWanted():
                self._leases.finish(promise, "cancelled")
            case LetterRefused():
                self._leases.finish(promise, "failed", reason)
            case ServerUnreachable() | ServerMisconfigured():
                self._pause(promise, reason, place=promise.created_at)
            case Interrupted():
                self._pause(promise, reason, place=self.now())
            case LetterDeferred() | OutcomeUnknown():
                self._postpone(promise, reason)
            case _:
                log.error("promise_broken", promise_id=promise.id, exc_info=problem)
                self._postpone(promise, reason)

    def _pause(self, promise: Claimed, reason: str, *, place: datetime) -> None:
        """The channel says when to try again; `place` is the promise's in the queue."""
        self.channels.pause(promise.channel, reason)
        self._leases.postpone(promise, reason, until=place)

    def _postpone(self, promise: Claimed, reason: str) -> None:
        wait = backoff(promise.attempts)
        wait = min(wait, LONGEST_WAITS.get(promise.channel, wait))
        self._leases.postpone(promise, reason, until=self.now() + wait)
