"""The tokens of letters: each acts on the account or registration whose mailbox it was sent to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from ostiary.accounts.models import LetterToken
from ostiary.accounts.pending_registrations import LOCK_MAILBOX
from ostiary.errors import TokenExpired, TokenInvalid
from ostiary.platform.batch_delete import sweep
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.emails import email_key
from ostiary.platform.identifiers import digest

# Until then a link that comes too late is called expired, and not unknown.
REMEMBERED = timedelta(days=7)

FIND = """
SELECT purpose, email, account_id, lockout_id, expires_at, used_at
FROM letter_token WHERE digest = %(digest)s
"""
EXPIRED = """
DELETE FROM letter_token WHERE digest IN (
    SELECT digest FROM letter_token WHERE expires_at < %(before)s
    ORDER BY expires_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""


class Purpose(StrEnum):
    VERIFICATION = "verification"
    RESET = "reset"
    UNLOCK = "unlock"
    INVITATION = "invitation"


# Whoever reads one of these letters may choose a password.
CHOOSE_PASSWORD = (Purpose.RESET, Purpose.VERIFICATION, Purpose.INVITATION)


class Recipient(NamedTuple):
    """Where a letter goes, the account it is about, and the lock that caused it, if any."""

    email: str
    account_id: UUID | None = None
    lockout_id: UUID | None = None


class Letter(NamedTuple):
    """What a token says of the letter that brought it; `email` is where that letter went.

    `account_id` is None where the letter went to an email that had no account then. `used_at` is
    also the moment at which the token became void.
    """

    purpose: Purpose
    email: str
    account_id: UUID | None
    lockout_id: UUID | None
    expires_at: datetime
    used_at: datetime | None

    @property
    def email_key(self) -> str:
        return email_key(self.email)


@dataclass(frozen=True)
class LetterTokens:
    """`lives` says for how long a token of each purpose is good."""

    database: Database
    now: Clock
    lives: Mapping[Purpose, timedelta]

    def issue(self, token: str, purpose: Purpose, recipient: Recipient) -> None:
        """Stores the digest of a new token that a letter is about to bring."""
        LetterToken.insert(
            digest=digest(token),
            purpose=purpose,
            email=recipient.email,
            email_key=email_key(recipient.email),
            account=recipient.account_id,
            lockout_id=recipient.lockout_id,
            expires_at=self.now() + self.lives[purpose],
        ).execute()

    def forget(self, token: str) -> None:
        """Removes the token of a letter that did not arrive."""
        LetterToken.delete().where(LetterToken.digest == digest(token)).execute()

    def get(self, token: str, *purposes: Purpose) -> Letter:
        """Its letter, whether or not it was used; raises `TokenInvalid` or `TokenExpired`."""
        found = self.database.fetch_one(FIND, digest=digest(token))
        if found is None or found.purpose not in purposes:
            raise TokenInvalid
        if found.expires_at <= self.now():
            raise TokenExpired
        return Letter(Purpose(found.purpose), *found[1:])

    def get_unused(self, token: str, *purposes: Purpose) -> Letter:
        """As `get`, but raises `TokenInvalid` for a token that was used or is void."""
        letter = self.get(token, *purposes)
        if letter.used_at is not None:
            raise TokenInvalid
        return letter

    def redeem(self, token: str, *purposes: Purpose) -> Letter:
        """As `get_unused`, with the mailbox locked until the transaction ends.

        The caller voids the token, and the others that the same act makes void.
        """
        letter = self.get_unused(token, *purposes)
        self.database.run(LOCK_MAILBOX, email_key=letter.email_key)
        return self.get_unused(token, *purposes)

    def void(self, *purposes: Purpose, email_key: str) -> None:
        """Every unused token of these purposes that was sent to the mailbox."""
        LetterToken.update(used_at=self.now()).where(
            LetterToken.email_key == email_key,
            LetterToken.purpose.in_(purposes),
            LetterToken.used_at.is_null(),
        ).execute()

    def void_of_lockout(self, lockout_id: UUID) -> None:
        """Every unused token that was sent because of one lock."""
        LetterToken.update(used_at=self.now()).where(
            LetterToken.lockout_id == lockout_id, LetterToken.used_at.is_null()
        ).execute()

    def void_all(self) -> int:
        """Every unused token; how many there were."""
        voided = LetterToken.update(used_at=self.now()).where(LetterToken.used_at.is_null())
        return int(voided.execute())

    def detach(self, account_id: UUID) -> None:
        """Tokens about an account that ends unproven stay good for the owner of its mailbox."""
        LetterToken.update(account=None).where(LetterToken.account == account_id).execute()

    def erase(self, email_key: str) -> None:
        """Removes every token that was sent to the mailbox."""
        LetterToken.delete().where(LetterToken.email_key == email_key).execute()

    def expire(self) -> int:
        """Removes the tokens that expired a week ago; the number of them."""
        return sweep(self.database, EXPIRED, before=self.now() - REMEMBERED)
