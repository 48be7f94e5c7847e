"""Correspondence: letters as an administrator sees them, and to whom they go."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from ostiary.courier.outbox import kind_of
from ostiary.errors import NotFound
from ostiary.platform.database import Database

Status = Literal["queued", "sending", "sent", "failed", "expired", "cancelled"]

# A promise names ids only; the address is its registration's or its account's as it is now.
LETTERS = """
SELECT id, task, coalesce(
        (SELECT email FROM pending_registration AS registration
            WHERE registration.id = (event ->> 'registration_id')::uuid),
        (SELECT email FROM account WHERE account.id = (event ->> 'account_id')::uuid)) AS recipient,
    status, attempts, last_error, due_at, CASE WHEN status = 'sent' THEN finished_at END AS sent_at
FROM outbox WHERE channel = 'mail'
"""
LIST = f"""
{LETTERS}
  AND (%(status)s::text IS NULL OR status = %(status)s)
  AND (%(before)s::uuid IS NULL OR id < %(before)s)
ORDER BY id DESC LIMIT %(limit)s
"""
GET = f"{LETTERS} AND id = %(id)s"


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
