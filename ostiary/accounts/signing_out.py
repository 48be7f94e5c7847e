"""Signing out: every session of an account ends at once, however many there are."""

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from ostiary.platform.database import Database

NEXT_EPOCH = """
UPDATE account SET session_epoch = session_epoch + 1 WHERE id = %(id)s RETURNING session_epoch
"""
UNSWEPT = """
SELECT id, session_epoch FROM account WHERE session_epoch > swept_epoch LIMIT %(limit)s
"""
SWEPT = "UPDATE account SET swept_epoch = %(epoch)s WHERE id = %(id)s"


class Unswept(NamedTuple):
    """An account with sessions of earlier epochs, which do not say yet that they ended."""

    account_id: UUID
    epoch: int


@dataclass(frozen=True)
class SigningOut:
    database: Database

    def everywhere(self, account_id: UUID) -> int | None:
        """The epoch that sessions need from now on; None where there is no such account."""
        found = self.database.fetch_one(NEXT_EPOCH, id=account_id)
        return found and found.session_epoch

    def unswept(self, *, limit: int) -> list[Unswept]:
        return [Unswept(*row) for row in self.database.fetch_all(UNSWEPT, limit=limit)]

    def note_swept(self, account: Unswept) -> None:
        self.database.run(SWEPT, id=account.account_id, epoch=account.epoch)
