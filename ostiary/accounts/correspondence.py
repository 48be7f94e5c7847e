"""Correspondence: letters as an administrator sees them, and to whom they go."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from ostiary.courier.outbox import kind_of
from ostiary.errors import NotFound
from ostiary.platform.database import Database

Status = Literal["queued", "sending", "sent", "failed", "expired", "cancelled"]

# A promise names ids only; the address is its claim's or its account's as it is now.
LETTERS = """
SELECT outbox.id, outbox.task, coalesce(claim.email, account.email) AS recipient, outbox.status,
    outbox.attempts, outbox.last_error, outbox.due_at,
    CASE WHEN outbox.status = 'sent' THEN outbox.finished_at END AS sent_at
FROM outbox
LEFT JOIN claim ON claim.id = (outbox.event ->> 'claim_id')::uuid
LEFT JOIN account ON account.id = (outbox.event ->> 'account_id')::uuid
WHERE outbox.channel = 'mail'
"""
LIST = f"""
{LETTERS}
  AND (%(status)s::text IS NULL OR outbox.status = %(status)s)
  AND (%(before)s::uuid IS NULL OR outbox.id < %(before)s)
ORDER BY outbox.id DESC LIMIT %(limit)s
"""
GET = f"{LETTERS} AND outbox.id = %(id)s"


class Message(NamedTuple):
    """`to` is None once nobody has the address any more, or if nobody ever had."""

    id: UUID
    kind: str
    to: str | None
    status: Status
    attempts: int
    last_error: str | None
    due_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True)
class Correspondence:
    database: Database

    def newest(
        self, *, limit: int, status: Status | None = None, before: UUID | None = None
    ) -> list[Message]:
        """Those of one status, or all; older than the one named."""
        rows = self.database.fetch_all(LIST, status=status, before=before, limit=limit)
        return [_message(*row) for row in rows]

    def get(self, message_id: UUID) -> Message:
        """Raises `NotFound`."""
        row = self.database.fetch_one(GET, id=message_id)
        if row is None:
            raise NotFound
        return _message(*row)


def _message(id: UUID, task: str, *rest: object) -> Message:
    return Message(id, kind_of(task), *rest)  # type: ignore[arg-type]
