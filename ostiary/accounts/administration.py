"""Administration: what only an operator does to accounts."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from ostiary.accounts import claims
from ostiary.accounts.addresses import Addresses, key_of
from ostiary.accounts.erasure import Erasure
from ostiary.accounts.models import Account
from ostiary.accounts.passwords import PasswordPolicy
from ostiary.accounts.profiles import Profile, profile_of
from ostiary.courier.outbox import Outbox
from ostiary.errors import EmailTaken, NotFound, OwnAccount
from ostiary.events import AccountCreated, AccountDisabled, AccountEnabled
from ostiary.platform.chance import new_id
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database, Row
from ostiary.platform.hashing import Hashing
from ostiary.protection.lockouts import Lockouts

VOID_CLAIMS = "DELETE FROM claim WHERE email_key = %(email_key)s"
# The row stays locked until the transaction ends, so that nobody logs in meanwhile.
LOCK = "SELECT email_key, disabled_at FROM account WHERE id = %(id)s FOR UPDATE"
DISABLE = "UPDATE account SET disabled_at = %(now)s WHERE id = %(id)s"
ENABLE = "UPDATE account SET disabled_at = NULL WHERE id = %(id)s"


@dataclass(frozen=True)
class Administration:
    database: Database
    outbox: Outbox
    hashing: Hashing
    addresses: Addresses
    policy: PasswordPolicy
    lockouts: Lockouts
    erasure: Erasure
    now: Clock

    def create(self, email: str, password: str, *, roles: Collection[str] = ()) -> Profile:
        """Verified at once, and no letter is sent; whoever had claimed the address has not.

        Raises `EmailUnacceptable`, `PasswordUnacceptable` or `EmailTaken`.
        """
        email = self.addresses.accept(email)
        self.policy.check(password, email=email)
        account = self._open(email, self.hashing.hash(password), roles)
        if account is None:
            raise EmailTaken
        return profile_of(account)

    def disable(self, account_id: UUID, *, by: UUID | None) -> None:
        """Nobody logs in by it any more; may be repeated. `by` is None for the command line.

        Raises `NotFound` or `OwnAccount`; belongs inside a transaction that ends its sessions.
        """
        self._ensure_other(account_id, by)
        if self._lock(account_id).disabled_at is None:
            self.database.run(DISABLE, id=account_id, now=self.now())
            self.outbox.record(AccountDisabled(account_id=account_id))

    def enable(self, account_id: UUID) -> None:
        """May be repeated; raises `NotFound`."""
        with self.database.atomic():
            if self._lock(account_id).disabled_at is not None:
                self.database.run(ENABLE, id=account_id)
                self.outbox.record(AccountEnabled(account_id=account_id))

    def unlock(self, account_id: UUID) -> None:
        """Releases every lock of its address and devices; may be repeated; raises `NotFound`."""
        with self.database.atomic():
            address = self._lock(account_id).email_key
            self.lockouts.release(by="admin", email=address, account_id=account_id)

    def delete(self, account_id: UUID, *, by: UUID | None) -> None:
        """With everything that belongs to it; raises `NotFound` or `OwnAccount`."""
        self._ensure_other(account_id, by)
        if not self.erasure.erase(account_id):
            raise NotFound

    def _ensure_other(self, account_id: UUID, by: UUID | None) -> None:
        if account_id == by:
            raise OwnAccount

    def _lock(self, account_id: UUID) -> Row:
        found = self.database.fetch_one(LOCK, id=account_id)
        if found is None:
            raise NotFound
        return found

    def _open(self, email: str, password_hash: str, roles: Collection[str]) -> Account | None:
        with self.database.atomic():
            self.database.run(claims.LOCK_ADDRESS, email_key=key_of(email))
            account = self._insert(email, password_hash, roles)
            if account is not None:
                self.database.run(VOID_CLAIMS, email_key=account.email_key)
                self.outbox.record(AccountCreated(account_id=account.id))
        return account

    def _insert(self, email: str, password_hash: str, roles: Collection[str]) -> Account | None:
        now = self.now()
        inserted = (
            Account.insert(
                id=new_id(),
                email=email,
                email_key=key_of(email),
                password_hash=password_hash,
                roles=sorted(roles),
                created_at=now,
                email_verified_at=now,
            )
            .on_conflict_ignore()
            .returning(Account)
            .execute()
        )
        return next(iter(inserted), None)
