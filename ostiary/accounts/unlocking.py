"""Unlocking: the owner of a locked address comes in by a letter, and nobody else does."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

from ostiary.accounts.models import Account, UnlockToken
from ostiary.courier.deliveries import Deliveries
from ostiary.courier.letters import Letter, Letters
from ostiary.courier.outbox import Outbox
from ostiary.courier.promises import Claimed, NotWanted
from ostiary.errors import TokenExpired, TokenInvalid
from ostiary.events import OwnerLetIn
from ostiary.platform.chance import digest, new_token
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database, Row
from ostiary.protection.devices import Devices

LOCKOUT = "SELECT id, client, locked_at, locked_until FROM lockout WHERE id = %(id)s"
FIND = """
SELECT lockout_id, account_id, expires_at, used_at FROM unlock_token WHERE digest = %(digest)s
FOR UPDATE
"""
# Every letter of this lock works until one is used.
USE = """
UPDATE unlock_token SET used_at = %(now)s WHERE lockout_id = %(lockout_id)s AND used_at IS NULL
"""


@dataclass(frozen=True)
class Unlocking:
    database: Database
    outbox: Outbox
    deliveries: Deliveries
    letters: Letters
    devices: Devices
    now: Clock
    token_life: timedelta

    def unlock(self, token: str) -> str:
        """The token of a new device with a budget of its own; works once.

        Raises `TokenInvalid` or `TokenExpired`.
        """
        return self._let_in(token)

    def send_lockout_email(self, promise: Claimed) -> None:
        account_id = promise.event["account_id"]
        account = account_id and Account.get_or_none(Account.id == UUID(account_id))
        lockout = self.database.fetch_one(LOCKOUT, id=promise.event["lockout_id"])
        if not account or lockout is None:
            raise NotWanted
        token = new_token()
        self.deliveries.deliver(
            partial(self._write_letter, promise, account, lockout, token),
            forget=partial(self._forget, token),
        )

    def _let_in(self, token: str) -> str:
        with self.database.atomic():
            found = self.database.fetch_one(FIND, digest=digest(token))
            if found is None or found.used_at is not None:
                raise TokenInvalid
            if found.expires_at <= self.now():
                raise TokenExpired
            self.database.run(USE, lockout_id=found.lockout_id, now=self.now())
            self.outbox.record(OwnerLetIn(lockout_id=found.lockout_id, account_id=found.account_id))
            return self.devices.add(found.account_id).token

    def _forget(self, token: str) -> None:
        UnlockToken.delete().where(UnlockToken.digest == digest(token)).execute()

    def _write_letter(self, promise: Claimed, account: Account, lockout: Row, token: str) -> Letter:
        UnlockToken.insert(
            digest=digest(token),
            lockout_id=lockout.id,
            account=account.id,
            expires_at=self.now() + self.token_life,
        ).execute()
        return self.letters.compose(
            "lockout",
            to=account.email,
            promise_id=promise.id,
            token=token,
            valid_for=self.token_life,
            locked_at=lockout.locked_at,
            locked_for=lockout.locked_until - lockout.locked_at,
            client=lockout.client,
        )
