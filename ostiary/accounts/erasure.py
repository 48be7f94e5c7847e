"""Erasure: an account is gone at once, and what hung on it is swept away soon after."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ostiary.accounts.letter_tokens import LetterTokens
from ostiary.accounts.models import ErasedAccount
from ostiary.accounts.own_password import Proven
from ostiary.accounts.pending_registrations import LOCK_MAILBOX, PendingRegistrations
from ostiary.courier.outbox import Outbox
from ostiary.events import AccountDeleted
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database, Row
from ostiary.protection.forgetting import Forgetting

FIND = """
SELECT email_key, email_verified_at IS NOT NULL AS is_proven FROM account WHERE id = %(id)s
"""
# A login that is being admitted holds the row, and one that comes later finds none.
DELETE = "DELETE FROM account WHERE id = %(id)s"
# Only while it has the password that its owner has just proven.
DELETE_OWN = f"{DELETE} AND password_changed_at IS NOT DISTINCT FROM %(since)s"
# Erased twice only where the same id was restored from a backup.
NOTE = """
INSERT INTO erased_account (id, email_key, erased_at) VALUES (%(id)s, %(email_key)s, %(now)s)
ON CONFLICT (id) DO UPDATE SET email_key = excluded.email_key, erased_at = excluded.erased_at
"""


class Erased(NamedTuple):
    id: UUID
    email_key: str
    erased_at: datetime


@dataclass(frozen=True)
class Erasure:
    database: Database
    outbox: Outbox
    tokens: LetterTokens
    registrations: PendingRegistrations
    forgetting: Forgetting
    now: Clock

    def erase(self, account_id: UUID) -> bool:
        """False when there is no such account any more; `docs/personal-data.md` says what stays.

        Costs the same however many sessions and devices the account has.
        """
        return self._erase(DELETE, account_id)

    def erase_own(self, proven: Proven) -> bool:
        """As `erase`; False also when the account has got another password since it was proven."""
        return self._erase(DELETE_OWN, proven.account_id, since=proven.since)

    def unswept(self, *, limit: int) -> list[Erased]:
        """Accounts of which something is left, the oldest first."""
        rows = ErasedAccount.select().order_by(ErasedAccount.erased_at).limit(limit)
        return [Erased(row.id, row.email_key, row.erased_at) for row in rows]

    def note_swept(self, erased: Erased) -> None:
        ErasedAccount.delete().where(ErasedAccount.id == erased.id).execute()

    def _erase(self, statement: str, account_id: UUID, **condition: datetime | None) -> bool:
        with self.database.atomic():
            found = self.database.fetch_one(FIND, id=account_id)
            if found is None:
                return False
            self.database.run(LOCK_MAILBOX, email_key=found.email_key)
            if not found.is_proven:
                self.tokens.detach(account_id)
            if not self.database.run(statement, id=account_id, **condition):
                return False
            self._erase_rest(account_id, found)
        return True

    def _erase_rest(self, account_id: UUID, found: Row) -> None:
        key = found.email_key
        if found.is_proven:
            self._erase_mailbox(account_id, key)
        self.forgetting.release(key)
        self.outbox.forget(account_id)
        self.database.run(NOTE, id=account_id, email_key=key, now=self.now())
        self.outbox.record(AccountDeleted(account_id=account_id))

    def _erase_mailbox(self, account_id: UUID, key: str) -> None:
        """Only for its proven owner: of others, registrations and letters are not theirs to end."""
        self.registrations.void(key, account_id=account_id)
        self.tokens.erase(key)
