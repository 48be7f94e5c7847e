"""Recovery: a new password by the token of a letter ends everything that was begun before."""

from dataclasses import dataclass
from uuid import UUID

from ostiary.accounts.letter_tokens import (
    CHOOSE_PASSWORD,
    Letter,
    LetterTokens,
    Purpose,
    Recipient,
)
from ostiary.accounts.notices import WORTH_TELLING
from ostiary.accounts.opening import Opening
from ostiary.accounts.passwords import PasswordPolicy
from ostiary.accounts.pending_registrations import Applicant, PendingRegistrations
from ostiary.accounts.token_letters import TokenLetters
from ostiary.courier.outbox import Outbox
from ostiary.courier.promises import Claimed, NotWanted
from ostiary.errors import TokenInvalid
from ostiary.events import AccountOpened, PasswordReset, PasswordResetRequested
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database, Row
from ostiary.platform.emails import email_key
from ostiary.platform.hashing import Hashing
from ostiary.platform.timing import padded
from ostiary.protection.devices import Devices
from ostiary.protection.limits import Limits
from ostiary.protection.lockouts import Lockouts

# One row, whatever is known; a registration in the spelling that was asked for comes first.
FIND_RECIPIENT = """
SELECT account.id AS account_id, registration.id AS registration_id,
    CASE WHEN account.id IS NULL AND registration.id IS NULL THEN 'nobody:' ELSE '' END
        || mailbox.email_key AS counted_as
FROM (VALUES (%(email_key)s)) AS mailbox (email_key)
LEFT JOIN account USING (email_key)
LEFT JOIN LATERAL (
    SELECT id FROM pending_registration AS waiting
    WHERE waiting.email_key = mailbox.email_key AND account.id IS NULL
    ORDER BY waiting.email = %(email)s DESC, created_at DESC, id DESC LIMIT 1
) AS registration ON true
"""
RECIPIENT = """
SELECT email, id AS account_id FROM account WHERE id = %(account_id)s AND disabled_at IS NULL
UNION ALL SELECT email, NULL FROM pending_registration WHERE id = %(registration_id)s
"""
# The account whose email is spelled as the letter's was. One that somebody opened without proof
# takes the spelling of the letter instead, and loses the name that came with its password; one that
# was opened for an invited person does not. A letter about one account acts on no other.
REPLACE = """
UPDATE account SET password_hash = %(password_hash)s,
    email = CASE WHEN email_verified_at IS NULL THEN %(email)s ELSE email END,
    display_name = CASE WHEN email_verified_at IS NULL AND password_hash <> '' THEN NULL
        ELSE display_name END,
    email_verified_at = coalesce(email_verified_at, %(now)s),
    password_changed_at = greatest(%(now)s, password_changed_at + interval '1 microsecond'),
    session_epoch = session_epoch + 1
WHERE email_key = %(email_key)s AND disabled_at IS NULL
  AND (email = %(email)s OR email_verified_at IS NULL AND password_hash <> '')
  AND (%(account_id)s::uuid IS NULL OR id = %(account_id)s)
RETURNING id
"""


@dataclass(frozen=True)
class Recovery:
    database: Database
    outbox: Outbox
    tokens: LetterTokens
    token_letters: TokenLetters
    registrations: PendingRegistrations
    opening: Opening
    hashing: Hashing
    policy: PasswordPolicy
    devices: Devices
    lockouts: Lockouts
    limits: Limits
    now: Clock

    def forgot(self, email: str) -> None:
        """Does the same work for an address that nobody has registered, in the same time.

        What is asked for such an address is counted apart: it sends no letter, so it keeps none
        from an owner who registers afterwards.
        """
        with padded():
            found = self._find_recipient(email)
            with self.limits.promising_letter("reset", found.counted_as) as may_write:
                if may_write:
                    self._promise_letter(found)

    def reset(self, token: str, password: str, *, client: str) -> str:
        """The token of a new device; sessions, devices, the lock and every other such letter end.

        Raises `TokenInvalid` or `TokenExpired`, and only then `PasswordUnacceptable`, which leaves
        the token as it was.
        """
        letter = self.tokens.get_unused(token, *CHOOSE_PASSWORD)
        self.policy.check(password, email=letter.email)
        password_hash = self.hashing.hash(password)
        with self.database.atomic():
            letter = self.tokens.redeem(token, *CHOOSE_PASSWORD)
            account_id = self._replace(letter, password_hash)
            self._end_all(account_id, letter.email_key)
            self._record(account_id, client)
            return self.devices.add(account_id).token

    def send_password_reset_email(self, promise: Claimed) -> None:
        asked = {name: promise.event[name] for name in ("account_id", "registration_id")}
        found = self.database.fetch_one(RECIPIENT, **asked)
        if found is None:
            raise NotWanted
        self.token_letters.send("password_reset", Purpose.RESET, promise, Recipient(*found))

    def _find_recipient(self, email: str) -> Row:
        key = email_key(email)
        return self.database.fetch_all(FIND_RECIPIENT, email=email.strip(), email_key=key)[0]

    def _promise_letter(self, found: Row) -> None:
        with self.database.atomic():
            self.outbox.record(
                PasswordResetRequested(
                    account_id=found.account_id,
                    registration_id=found.registration_id,
                    keep_until=self.now() + self.tokens.lives[Purpose.RESET],
                )
            )

    def _replace(self, letter: Letter, password_hash: str) -> UUID:
        """The account with the new password; it opens here where the mailbox had none."""
        replaced = self.database.fetch_one(
            REPLACE,
            account_id=letter.account_id,
            email=letter.email,
            email_key=letter.email_key,
            password_hash=password_hash,
            now=self.now(),
        )
        return replaced.id if replaced else self._open(letter, password_hash)

    def _open(self, letter: Letter, password_hash: str) -> UUID:
        """With nothing but the address: which of its registrations was the owner's is unknown."""
        applicant = Applicant(letter.email, password_hash)
        account = None if letter.account_id else self.opening.open(applicant, is_proven=True)
        if account is None:
            raise TokenInvalid
        self.outbox.record(AccountOpened(account_id=account.id, by="reset"))
        return account.id

    def _end_all(self, account_id: UUID, key: str) -> None:
        self.registrations.void(key, account_id=account_id)
        self.tokens.void(*CHOOSE_PASSWORD, Purpose.UNLOCK, email_key=key)
        self.devices.end_all(account_id)
        self.lockouts.release(by="reset", email=key, account_id=account_id)

    def _record(self, account_id: UUID, client: str) -> None:
        now = self.now()
        self.outbox.record(
            PasswordReset(
                account_id=account_id, at=now, client=client, keep_until=now + WORTH_TELLING
            )
        )
