"""The caller's own password: proven again before what cannot be undone, and replaced."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ostiary.accounts import resets
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
RETURNING id
"""
# A letter that proves the address brings no older password back.
REPLACE_CLAIMED = """
UPDATE claim SET password_hash = %(new)s WHERE account_id = %(id)s AND confirmed_at IS NULL
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
    now: Clock

    def prove(self, account_id: UUID, password: str, knock: Knock) -> Proven:
        """Raises `WrongPassword`, and what `Guard` raises."""
        return self.guard.judge(knock, lambda: self._check(account_id, password))

    def replace(self, proven: Proven, password_hash: str) -> None:
        """Letters that lead to a new password are void; belongs inside a transaction.

        Raises `WrongPassword` when the proven one was replaced meanwhile.
        """
        facts = {"id": proven.account_id, "new": password_hash}
        now = self.now()
        if not self.database.fetch_one(REPLACE, **facts, now=now, seen=proven.since):
            raise WrongPassword
        self.database.run(REPLACE_CLAIMED, **facts)
        self.database.run(resets.VOID_TOKENS, email_key=proven.email_key, now=now)

    def _check(self, account_id: UUID, password: str) -> Proven:
        found = self.database.fetch_one(FIND, id=account_id)
        if found is None or not self.hashing.matches(password, found.password_hash):
            raise WrongPassword(account_id=account_id)
        return Proven(found.id, found.email_key, found.password_changed_at)
