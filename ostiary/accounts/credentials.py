"""Credentials: what a login is checked against."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ostiary.errors import AccountDisabled, EmailNotVerified, InvalidCredentials
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database, Row
from ostiary.platform.hashing import Hashing

# A registration that waits for proof is no account, and its password opens nothing.
FIND = """
SELECT id, password_hash, email_verified_at IS NOT NULL AS proven,
    disabled_at IS NOT NULL AS disabled, password_changed_at
FROM (VALUES (%(email_key)s)) AS mailbox (email_key) LEFT JOIN account USING (email_key)
"""
# Holds only while nobody has disabled the account or changed its password since the password was
# checked.
ADMIT = """
WITH before AS MATERIALIZED (
    SELECT id, last_login_at FROM account WHERE id = %(id)s FOR NO KEY UPDATE)
UPDATE account SET last_login_at = greatest(%(now)s, account.last_login_at)
FROM before
WHERE account.id = before.id AND disabled_at IS NULL
  AND password_changed_at IS NOT DISTINCT FROM %(password_changed_at)s
RETURNING roles, account.last_login_at AS at, session_epoch,
    before.last_login_at IS NULL AS is_first
"""
OWNER = "SELECT id FROM account WHERE email_key = %(email_key)s"
REPLACE_HASH = """
UPDATE account SET password_hash = %(new)s WHERE id = %(id)s AND password_hash = %(old)s
"""


@dataclass(frozen=True)
class Owner:
    """Somebody who knew the password of an account that may be used."""

    account_id: UUID
    password_changed_at: datetime | None


class Admitted(NamedTuple):
    """`at` and `epoch` are the session's; `is_first` says that nobody has ever logged in before."""

    roles: list[str]
    at: datetime
    epoch: int
    is_first: bool


@dataclass(frozen=True)
class Credentials:
    database: Database
    hashing: Hashing
    now: Clock
    proof_required: bool

    def check(self, email_key: str, password: str) -> Owner:
        """Raises `InvalidCredentials`, and only after the right password `EmailNotVerified` or
        `AccountDisabled`; takes the same time for an address that nobody has registered.
        """
        found = self._find(email_key)
        if not self.hashing.matches(password, found.password_hash):
            raise InvalidCredentials(account_id=found.id)
        if found.disabled:
            raise AccountDisabled
        if found.id is None or (self.proof_required and not found.proven):
            raise EmailNotVerified
        self._renew_hash(found, password)
        return Owner(found.id, found.password_changed_at)

    def admit(self, owner: Owner) -> Admitted:
        """Notes the login; belongs inside the transaction that admits.

        Raises `InvalidCredentials` when the password was changed since it was checked.
        """
        admitted = self.database.fetch_one(
            ADMIT,
            id=owner.account_id,
            password_changed_at=owner.password_changed_at,
            now=self.now(),
        )
        if admitted is None:
            raise InvalidCredentials
        return Admitted(*admitted)

    def find_owner(self, email_key: str) -> UUID | None:
        """The account at an address, proven or not."""
        found = self.database.fetch_one(OWNER, email_key=email_key)
        return found and found.id

    def _find(self, email_key: str) -> Row:
        """One row, for an unknown address an empty one."""
        return self.database.fetch_all(FIND, email_key=email_key)[0]

    def _renew_hash(self, found: Row, password: str) -> None:
        """Hashes again what was hashed at another cost than `PASSWORD_HASH` asks for now."""
        if self.hashing.is_outdated(found.password_hash):
            renewed = self.hashing.hash(password)
            self.database.run(REPLACE_HASH, id=found.id, old=found.password_hash, new=renewed)
