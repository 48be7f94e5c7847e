"""Messages: an administrator tries a letter again, or stops it."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from ostiary.courier.outbox import Outbox
from ostiary.errors import MessageAlreadySent, NotFound
from ostiary.events import MessageCancelled, MessageRetried
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database, Row

FIND = """
SELECT task, status FROM outbox WHERE id = %(id)s AND channel = 'mail' FOR UPDATE
"""
# What was given up gets as much time again as it had at first. One that was cancelled while it was
# in somebody's hands is there still, until the lease ends.
RETRY = """
UPDATE outbox SET status = CASE WHEN lease IS NULL THEN 'queued' ELSE 'sending' END,
    due_at = CASE WHEN lease IS NULL THEN %(now)s ELSE due_at END,
    expires_at = greatest(expires_at, %(now)s + (expires_at - created_at)),
    nudged_at = NULL, finished_at = NULL
WHERE id = %(id)s
"""
# The lease stays, so that whoever is sending it still notes how that ended.
CANCEL = """
UPDATE outbox SET status = 'cancelled', finished_at = %(now)s, nudged_at = NULL WHERE id = %(id)s
"""
RETRIED = ("queued", "failed", "expired", "cancelled")
CANCELLED = ("queued", "sending")


@dataclass(frozen=True)
class Messages:
    database: Database
    outbox: Outbox
    now: Clock

    def retry(self, message_id: UUID) -> None:
        """Due at once; one that is being sent already is left to it.

        Raises `NotFound` or `MessageAlreadySent`.
        """
        with self.database.atomic():
            found = self._lock(message_id)
            if found.status in RETRIED:
                self.database.run(RETRY, id=message_id, now=self.now())
                self.outbox.record(MessageRetried(message_id=message_id))
                nudge = partial(self.outbox.nudge, found.task, message_id)
                self.database.after_commit(nudge)

    def cancel(self, message_id: UUID) -> None:
        """Not tried any more, though one that is being sent may arrive, and is `sent` then.

        May be repeated; raises `NotFound` or `MessageAlreadySent`.
        """
        with self.database.atomic():
            if self._lock(message_id).status in CANCELLED:
                self.database.run(CANCEL, id=message_id, now=self.now())
                self.outbox.record(MessageCancelled(message_id=message_id))

    def _lock(self, message_id: UUID) -> Row:
        found = self.database.fetch_one(FIND, id=message_id)
        if found is None:
            raise NotFound
        if found.status == "sent":
            raise MessageAlreadySent
        return found
