"""Administration: what only an operator does to accounts."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from ostiary.accounts.emails import EmailRules
from ostiary.accounts.erasure import Erasure
from ostiary.accounts.letter_tokens import CHOOSE_PASSWORD, LetterTokens, Purpose
from ostiary.accounts.models import Account
from ostiary.accounts.opening import Opening
from ostiary.accounts.passwords import PasswordPolicy
from ostiary.accounts.pending_registrations import LOCK_MAILBOX, Applicant
from ostiary.accounts.profiles import Profile, profile_of
from ostiary.courier.outbox import Outbox
from ostiary.errors import AccountDisabled as Disabled
from ostiary.errors import EmailTaken, NotFound, OwnAccount
from ostiary.events import (
    AccountCreated,
    AccountDisabled,
    AccountEnabled,
    PasswordResetRequested,
)
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database, Row
from ostiary.platform.emails import email_key
from ostiary.platform.hashing import Hashing
from ostiary.protection.lockouts import Lockouts

# The row stays locked until the transaction ends, so that nobody logs in meanwhile.
LOCK = "SELECT email_key, disabled_at FROM account WHERE id = %(id)s FOR UPDATE"
DISABLE = """
UPDATE account SET disabled_at = %(now)s, session_epoch = session_epoch + 1 WHERE id = %(id)s
"""
ENABLE = "UPDATE account SET disabled_at = NULL WHERE id = %(id)s"


@dataclass(frozen=True)
class Administration:
    database: Database
    outbox: Outbox
    hashing: Hashing
    emails: EmailRules
    policy: PasswordPolicy
    opening: Opening
    tokens: LetterTokens
    lockouts: Lockouts
    erasure: Erasure
    now: Clock

    def create(self, email: str, password: str, *, roles: Collection[str] = ()) -> Profile:
        """Proven at once, and no letter is sent; what strangers registered there is void.

        Raises `EmailUnacceptable`, `PasswordUnacceptable` or `EmailTaken`.
        """
        email = self.emails.accept(email)
        self.policy.check(password, email=email)
        account = self._open(Applicant(email, self.hashing.hash(password)), roles)
        if account is None:
            raise EmailTaken
        return profile_of(account)

    def disable(self, account_id: UUID, *, by: UUID | None) -> None:
        """Ends its sessions for good: enabling the account brings none back. May be repeated.

        `by` is None for the command line. Raises `NotFound` or `OwnAccount`.
        """
        self._ensure_other(account_id, by)
        with self.database.atomic():
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

    def request_password_reset(self, account_id: UUID) -> None:
        """A letter to its owner, whatever the limit of letters says.

        Raises `NotFound`, and `AccountDisabled` where no letter would lead in.
        """
        with self.database.atomic():
            if self._lock(account_id).disabled_at is not None:
                raise Disabled
            self.outbox.record(
                PasswordResetRequested(
                    account_id=account_id,
                    registration_id=None,
                    keep_until=self.now() + self.tokens.lives[Purpose.RESET],
                )
            )

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

    def _open(self, applicant: Applicant, roles: Collection[str]) -> Account | None:
        key = email_key(applicant.email)
        with self.database.atomic():
            self.database.run(LOCK_MAILBOX, email_key=key)
            account = self.opening.open(applicant, roles=roles, is_proven=True)
            if account is not None:
                self.tokens.void(*CHOOSE_PASSWORD, email_key=key)
                self.outbox.record(
                    AccountCreated(account_id=account.id, roles=tuple(account.roles))
                )
        return account
