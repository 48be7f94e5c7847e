"""Administration: what only an operator does to accounts."""

from collections.abc import Collection
from dataclasses import dataclass

from ostiary.accounts import claims
from ostiary.accounts.addresses import Addresses, key_of
from ostiary.accounts.models import Account
from ostiary.accounts.passwords import PasswordPolicy
from ostiary.accounts.profiles import Profile, profile_of
from ostiary.courier.outbox import Outbox
from ostiary.errors import EmailTaken
from ostiary.events import AccountCreated
from ostiary.platform.chance import new_id
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.hashing import Hashing

VOID_CLAIMS = "DELETE FROM claim WHERE email_key = %(email_key)s"


@dataclass(frozen=True)
class Administration:
    database: Database
    outbox: Outbox
    hashing: Hashing
    addresses: Addresses
    policy: PasswordPolicy
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
