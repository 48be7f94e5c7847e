"""Unlocking: the owner of a locked address comes in by a letter, and nobody else does."""

from dataclasses import dataclass
from typing import cast
from uuid import UUID

from ostiary.accounts.letter_tokens import LetterTokens, Purpose, Recipient
from ostiary.accounts.models import Account
from ostiary.accounts.token_letters import TokenLetters
from ostiary.courier.outbox import Outbox
from ostiary.courier.promises import Claimed, NotWanted
from ostiary.events import OwnerLetIn
from ostiary.platform.database import Database
from ostiary.protection.devices import Devices
from ostiary.protection.limits import Limits

LOCKOUT = "SELECT id, client, locked_at, locked_until FROM lockout WHERE id = %(id)s"


@dataclass(frozen=True)
class Unlocking:
    database: Database
    outbox: Outbox
    tokens: LetterTokens
    token_letters: TokenLetters
    devices: Devices
    limits: Limits

    def unlock(self, token: str) -> str:
        """The token of a new device with a budget of its own.

        Every letter of a lock works until one is used. Raises `TokenInvalid` or `TokenExpired`.
        """
        with self.database.atomic():
            letter = self.tokens.redeem(token, Purpose.UNLOCK)
            account_id = cast(UUID, letter.account_id)
            lockout_id = cast(UUID, letter.lockout_id)
            self.tokens.void_of_lockout(lockout_id)
            self.outbox.record(OwnerLetIn(lockout_id=lockout_id, account_id=account_id))
            return self.devices.add(account_id).token

    def send_lockout_email(self, promise: Claimed) -> None:
        account_id = promise.event["account_id"]
        account = account_id and Account.get_or_none(Account.id == UUID(account_id))
        lockout = self.database.fetch_one(LOCKOUT, id=promise.event["lockout_id"])
        if not account or lockout is None or not self._may_tell(promise, account):
            raise NotWanted
        self.token_letters.send(
            "lockout",
            Purpose.UNLOCK,
            promise,
            Recipient(account.email, account.id, lockout.id),
            locked_at=lockout.locked_at,
            locked_for=lockout.locked_until - lockout.locked_at,
            client=lockout.client,
        )

    def _may_tell(self, promise: Claimed, account: Account) -> bool:
        """A retry was counted the first time."""
        return promise.attempts > 1 or self.limits.allows_letter("unlock", account.email_key)
