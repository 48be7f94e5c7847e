"""Erasure: an account goes, with everything that names its owner, in one transaction."""

from dataclasses import dataclass
from uuid import UUID

from ostiary.accounts import claims
from ostiary.courier.outbox import Outbox
from ostiary.events import AccountDeleted
from ostiary.platform.database import Database
from ostiary.protection.memories import Memories

FIND = "SELECT email_key FROM account WHERE id = %(id)s"
# Logins that are being admitted come before, or find nothing.
HOLD = "SELECT id FROM account WHERE id = %(id)s FOR UPDATE"
CLAIMS = "DELETE FROM claim WHERE email_key = %(email_key)s RETURNING id"
TOKENS = "DELETE FROM reset_token WHERE email_key = %(email_key)s"
# Sessions, refresh tokens and the tokens of letters hang on it.
ACCOUNT = "DELETE FROM account WHERE id = %(id)s"


@dataclass(frozen=True)
class Erasure:
    database: Database
    outbox: Outbox
    memories: Memories

    def erase(self, account_id: UUID) -> bool:
        """False when there is no such account any more; `docs/personal-data.md` says what stays."""
        with self.database.atomic():
            account = self.database.fetch_one(FIND, id=account_id)
            return account is not None and self._erase(account_id, account.email_key)

    def _erase(self, account_id: UUID, email_key: str) -> bool:
        self.database.run(claims.LOCK_ADDRESS, email_key=email_key)
        self.memories.hold(account_id, email=email_key)
        if not self.database.fetch_one(HOLD, id=account_id):
            return False
        self.memories.forget(account_id, email=email_key)
        self._forget(account_id, email_key)
        self.database.run(ACCOUNT, id=account_id)
        self.outbox.record(AccountDeleted(account_id=account_id))
        return True

    def _forget(self, account_id: UUID, email_key: str) -> None:
        gone = self.database.fetch_all(CLAIMS, email_key=email_key)
        self.database.run(TOKENS, email_key=email_key)
        self.outbox.forget(account_id, *[claim.id for claim in gone])
