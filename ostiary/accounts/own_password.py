"""The caller's own password: proven again before what cannot be undone, and replaced."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ostiary.accounts.letter_tokens import CHOOSE_PASSWORD, LetterTokens
from ostiary.errors import WrongPassword
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.hashing import Hashing
from ostiary.protection.guard import Guard
from ostiary.protection.knocks import Knock

FIND = """
SELECT id, email_key, password_hash, password_changed_at FROM account WHERE id = %(id)s
"""
REPLACE = """
UPDATE account SET password_hash = %(new)s,
    password_changed_at = greatest(%(now)s, password_changed_at + interval '1 microsecond')
WHERE id = %(id)s AND password_changed_at IS NOT DISTINCT FROM %(seen)s
RETURNING email_verified_at IS NOT NULL AS is_proven
"""


class Proven(NamedTuple):
    """An account whose password was just proven, and since when it has had that one."""

    account_id: UUID
    email_key: str
    since: datetime | None


@dataclass(frozen=True)
class OwnPassword:
    database: Database
    hashing: Hashing
    guard: Guard
    tokens: LetterTokens
    now: Clock

    def prove(self, account_id: UUID, password: str, knock: Knock) -> Proven:
        """Raises `WrongPassword`, and what `Guard` raises."""
        return self.guard.judge(knock, lambda: self._check(account_id, password))

    def replace(self, proven: Proven, password_hash: str) -> None:
        """Letters that lead to a new password are void, unless the mailbox is not proven: what was
        sent to its owner is not the account's to take away. Belongs inside a transaction.

        Raises `WrongPassword` when the proven one was replaced meanwhile.
        """
        replaced = self.database.fetch_one(
            REPLACE, id=proven.account_id, new=password_hash, now=self.now(), seen=proven.since
        )
        if replaced is None:
            raise WrongPassword
        if replaced.is_proven:
            self.tokens.void(*CHOOSE_PASSWORD, email_key=proven.email_key)

    def _check(self, account_id: UUID, password: str) -> Proven:
        found = self.database.fetch_one(FIND, id=account_id)
        if found is None or not self.hashing.matches(password, found.password_hash):
            raise WrongPassword(account_id=account_id)
        return Proven(found.id, found.email_key, found.password_changed_at)
