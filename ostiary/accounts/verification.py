"""Verification: a letter and a password together prove whose a mailbox is."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ostiary.accounts.credentials import Owner
from ostiary.accounts.letter_tokens import Letter, LetterTokens, Purpose
from ostiary.accounts.opening import Opening
from ostiary.accounts.pending_registrations import (
    LOCK_MAILBOX,
    Applicant,
    PendingRegistrations,
)
from ostiary.courier.outbox import Outbox
from ostiary.errors import AccountDisabled, InvalidCredentials
from ostiary.events import AccountOpened, AddressVerified
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database, Row
from ostiary.platform.hashing import Hashing
from ostiary.protection.devices import Devices

# The account of the mailbox first, then what waits for proof, the newest first.
CANDIDATES = """
SELECT id AS account_id, NULL::uuid AS registration_id, password_hash, password_changed_at,
    disabled_at IS NOT NULL AS is_disabled
FROM account WHERE email_key = %(email_key)s
UNION ALL (
    SELECT NULL, id, password_hash, NULL, false FROM pending_registration
    WHERE email_key = %(email_key)s ORDER BY created_at DESC, id DESC)
"""
ACCOUNT = """
SELECT id, email, password_hash, password_changed_at, disabled_at IS NOT NULL AS is_disabled,
    email_verified_at IS NOT NULL AS is_proven, password_hash = '' AS is_invited
FROM account WHERE email_key = %(email_key)s FOR UPDATE
"""
PROVE = """
UPDATE account SET email = %(email)s, email_verified_at = %(now)s WHERE id = %(id)s
RETURNING id, password_changed_at
"""
# Its sessions were begun by somebody who had not proven the mailbox.
TAKE_OVER = """
UPDATE account SET email = %(email)s, email_verified_at = %(now)s,
    password_hash = registration.password_hash, display_name = registration.display_name,
    locale = registration.locale, session_epoch = session_epoch + 1,
    password_changed_at = greatest(%(now)s, password_changed_at + interval '1 microsecond')
FROM pending_registration AS registration
WHERE account.id = %(id)s AND registration.id = %(registration_id)s
RETURNING account.id, password_changed_at
"""


class Picked(NamedTuple):
    """What the password belongs to: a registration, or the account where that is None."""

    registration_id: UUID | None
    password_hash: str
    password_changed_at: datetime | None

    def is_password_of(self, account: Row) -> bool:
        """False when the account has got another one since it was picked."""
        if self.registration_id is None:
            return bool(account.password_changed_at == self.password_changed_at)
        return bool(account.password_hash == self.password_hash)


@dataclass(frozen=True)
class Verification:
    database: Database
    outbox: Outbox
    tokens: LetterTokens
    registrations: PendingRegistrations
    opening: Opening
    hashing: Hashing
    devices: Devices
    now: Clock

    def get_letter(self, token: str) -> Letter:
        """Raises `TokenInvalid` or `TokenExpired`; a token that was used is as good as another."""
        return self.tokens.get(token, Purpose.VERIFICATION)

    def pick(self, letter: Letter, password: str) -> Picked:
        """What of the letter's mailbox has this password.

        Raises `InvalidCredentials`, and `AccountDisabled` only after the right password.
        """
        found = self.database.fetch_all(CANDIDATES, email_key=letter.email_key)
        for each in found:
            if self.hashing.matches(password, each.password_hash):
                if each.is_disabled:
                    raise AccountDisabled
                return Picked(*each[1:4])
        raise InvalidCredentials(account_id=next((each.account_id for each in found), None))

    def prove(self, letter: Letter, picked: Picked) -> Owner:
        """The owner of the mailbox: what was picked becomes, or takes over, its account.

        Belongs inside the transaction that admits. Raises `InvalidCredentials` when what was
        picked is void by now, and `AccountDisabled`.
        """
        self.database.run(LOCK_MAILBOX, email_key=letter.email_key)
        account = self.database.fetch_one(ACCOUNT, email_key=letter.email_key)
        if account is None:
            return self._open(letter, picked)
        if account.is_disabled:
            raise AccountDisabled
        if account.is_invited and account.email != letter.email:
            raise InvalidCredentials
        if not account.is_proven:
            return self._prove(letter, picked, account)
        if not picked.is_password_of(account):
            raise InvalidCredentials
        return Owner(account.id, account.password_changed_at)

    def _open(self, letter: Letter, picked: Picked) -> Owner:
        registration = picked.registration_id and self.registrations.find(picked.registration_id)
        if not registration:
            raise InvalidCredentials
        applicant = Applicant(
            letter.email,
            registration.password_hash,
            registration.display_name,
            registration.locale,
        )
        account = self.opening.open(applicant, is_proven=True)
        if account is None:
            raise InvalidCredentials
        self.outbox.record(AccountOpened(account_id=account.id, by="verification"))
        return self._finish(letter, account.id, None)

    def _prove(self, letter: Letter, picked: Picked, account: Row) -> Owner:
        """An account that was opened without proof."""
        facts = {"id": account.id, "email": letter.email, "now": self.now()}
        if picked.registration_id is None and picked.is_password_of(account):
            proven = self.database.fetch_one(PROVE, **facts)
        else:
            proven = self.database.fetch_one(
                TAKE_OVER, registration_id=picked.registration_id, **facts
            )
            self.devices.end_all(account.id)
            self.tokens.void(Purpose.UNLOCK, email_key=letter.email_key)
        if proven is None:
            raise InvalidCredentials
        self.registrations.void(letter.email_key, account_id=proven.id)
        return self._finish(letter, proven.id, proven.password_changed_at)

    def _finish(self, letter: Letter, account_id: UUID, since: datetime | None) -> Owner:
        """The letters of the mailbox lead in from now on, and no longer to another password."""
        self.tokens.void(Purpose.VERIFICATION, Purpose.INVITATION, email_key=letter.email_key)
        self.outbox.record(AddressVerified(account_id=account_id))
        return Owner(account_id, since)
