"""The outbox: writes a promise for every reaction to a fact, in the fact's own transaction."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, cast
from uuid import UUID

import structlog

from ostiary.audit.audit import Audit
from ostiary.courier.channels import CHANNELS
from ostiary.events import Event, Promising
from ostiary.platform.batch_delete import sweep
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database, Row
from ostiary.platform.identifiers import new_id
from ostiary.platform.tracing import origin, resumed

log = structlog.get_logger()

Reactions = Mapping[type[Event], tuple[str, ...]]

NUDGE_AGAIN_AFTER = timedelta(seconds=60)
NUDGES_A_RUN = 1000
# As many as a task can be expected to keep in its time, and few enough to share between workers.
MOST_AT_ONCE, SHARES = 10, 20
REMEMBERED = timedelta(days=30)

NUDGE_DUE = """
WITH due AS MATERIALIZED (
    SELECT id FROM outbox
    WHERE channel = %(channel)s AND status IN ('queued', 'sending') AND due_at <= %(now)s
      AND (nudged_at IS NULL OR nudged_at < %(nudged_before)s)
      AND NOT EXISTS (
          SELECT FROM channel WHERE name = %(channel)s AND paused_until > %(now)s)
    ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED),
nudged AS (
    UPDATE outbox SET nudged_at = %(now)s FROM due WHERE outbox.id = due.id
    RETURNING outbox.id, task, due_at, origin)
SELECT id, task, origin FROM nudged ORDER BY due_at, id
"""
PROMISE = """
INSERT INTO outbox
    (id, task, channel, event, status, attempts, created_at, due_at, expires_at, origin)
VALUES (%(id)s, %(task)s, %(channel)s, %(event)s, 'queued', 0, %(now)s, %(now)s, %(expires_at)s,
    %(origin)s)
"""
PRUNE = """
DELETE FROM outbox WHERE id IN (
    SELECT id FROM outbox WHERE finished_at < %(before)s
    ORDER BY finished_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""
# A mail server's answer may quote the address; a promise itself names nothing but ids.
FORGET = """
UPDATE outbox SET last_error = NULL WHERE last_error IS NOT NULL
  AND (event ->> 'account_id' = ANY (%(ids)s) OR event ->> 'registration_id' = ANY (%(ids)s))
"""
# The account that came of registrations, so that their letters are shown with its email and are
# forgotten with it.
ATTRIBUTE = """
UPDATE outbox SET event = jsonb_set(event, '{account_id}', to_jsonb(%(account_id)s::text))
WHERE event ->> 'registration_id' = ANY (%(ids)s)
"""


class Nudge(Protocol):
    """Names the task and promises it keeps; never raises, never blocks, and may be lost."""

    def __call__(self, task: str, /, *promise_ids: UUID) -> None: ...


@dataclass(frozen=True)
class Outbox:
    database: Database
    audit: Audit
    reactions: Reactions
    nudge: Nudge
    now: Clock

    def record(self, event: Event) -> None:
        """Belongs inside the transaction that makes the fact true."""
        self.audit.record(event)
        tasks = self.reactions.get(type(event), ())
        promises = [(task, self._promise(task, event)) for task in tasks]
        self.database.after_commit(lambda: self._announce(event, promises))

    def nudge_due(self) -> int:
        """Nudges what is due and was not nudged within a minute, a thousand a channel at most."""
        return sum(self._nudge_due(channel) for channel in CHANNELS)

    def prune(self) -> int:
        """Forgets the promises that were settled a month ago."""
        return sweep(self.database, PRUNE, before=self.now() - REMEMBERED)

    def forget(self, *ids: UUID) -> None:
        """What mail servers said about the letters to accounts and registrations that end."""
        self.database.run(FORGET, ids=[str(id) for id in ids])

    def attribute(self, ids: Sequence[UUID], *, account_id: UUID) -> None:
        """The letters about these registrations are the account's from now on."""
        self.database.run(ATTRIBUTE, ids=[str(id) for id in ids], account_id=str(account_id))

    def _nudge_due(self, channel: str) -> int:
        now = self.now()
        due = self.database.fetch_all(
            NUDGE_DUE,
            channel=channel,
            now=now,
            nudged_before=now - NUDGE_AGAIN_AFTER,
            limit=NUDGES_A_RUN,
        )
        for together in _shared_out(due):
            with resumed(together[0].origin if len(together) == 1 else None):
                self.nudge(together[0].task, *[each.id for each in together])
        return len(due)

    def _promise(self, task: str, event: Event) -> UUID:
        promise_id = new_id()
        self.database.run_with_commit(
            PROMISE,
            id=promise_id,
            task=task,
            channel=channel_of(task, event),
            event={name: value and str(value) for name, value in event.facts().items()},
            now=self.now(),
            expires_at=cast(Promising, event).keep_until,
            origin=origin() or None,
        )
        return promise_id

    def _announce(self, event: Event, promises: list[tuple[str, UUID]]) -> None:
        log.info(event.name(), **event.facts())
        for task, promise_id in promises:
            self.nudge(task, promise_id)


def _shared_out(due: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Promises of the same task, the oldest first: many at once when there are very many."""
    size = max(1, min(MOST_AT_ONCE, len(due) // SHARES))
    waiting: dict[str, list[Row]] = {}
    for promise in due:
        alike = waiting.setdefault(promise.task, [])
        alike.append(promise)
        if len(alike) == size:
            yield waiting.pop(promise.task)
    yield from waiting.values()


def channel_of(task: str, event: Event) -> str:
    """`tasks.mail.send_verification_email` goes out by `mail`."""
    line = cast(Promising, event).line
    return f"{task.split('.')[1]}.{line}" if line else task.split(".")[1]


def kind_of(task: str) -> str:
    """`tasks.mail.send_verification_email` is a `verification`."""
    return task.rpartition(".")[2].removeprefix("send_").removesuffix("_email")
