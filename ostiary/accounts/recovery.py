"""Recovery: whoever reads the letter chooses a new password, and everybody else is out."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

from ostiary.accounts import claims, resets
from ostiary.accounts.addresses import key_of
from ostiary.accounts.models import ResetToken
from ostiary.accounts.notices import WORTH_TELLING
from ostiary.accounts.passwords import PasswordPolicy
from ostiary.courier.deliveries import Deliveries
from ostiary.courier.letters import Letter, Letters
from ostiary.courier.outbox import Outbox
from ostiary.courier.promises import Claimed, NotWanted
from ostiary.errors import TokenExpired, TokenInvalid
from ostiary.events import PasswordReset, PasswordResetRequested
from ostiary.platform.chance import digest, new_id, new_token
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database, Row
from ostiary.platform.hashing import Hashing
from ostiary.platform.padding import padded
from ostiary.protection.devices import Devices
from ostiary.protection.limits import Limits
from ostiary.protection.lockouts import Lockouts


@dataclass(frozen=True)
class Recovery:
    database: Database
    outbox: Outbox
    deliveries: Deliveries
    letters: Letters
    hashing: Hashing
    policy: PasswordPolicy
    devices: Devices
    lockouts: Lockouts
    limits: Limits
    now: Clock
    token_life: timedelta

    def forgot(self, email: str) -> None:
        """Does the same work for an address that nobody has registered, in the same time."""
        with padded(), self.limits.promising_letter("reset", key_of(email)) as may_write:
            if may_write:
                self._promise_letter(email)

    def reset(self, token: str, password: str, *, client: str) -> str:
        """The token of a new device; sessions, devices, the lock and every other such letter end.

        Raises `TokenInvalid` or `TokenExpired`, and only then `PasswordUnacceptable`, which leaves
        the token as it was.
        """
        return self._reset(token, password, client)

    def send_password_reset_email(self, promise: Claimed) -> None:
        asked = {name: promise.event[name] for name in ("account_id", "claim_id")}
        recipient = self.database.fetch_one(resets.RECIPIENT, **asked)
        if recipient is None:
            raise NotWanted
        token = new_token()
        self.deliveries.deliver(
            partial(self._write_letter, promise, recipient, token),
            forget=partial(self._forget, token),
        )

    def _promise_letter(self, email: str) -> None:
        with self.database.atomic():
            found = self.database.fetch_all(resets.FIND_RECIPIENT, email_key=key_of(email))[0]
            self.outbox.record(
                PasswordResetRequested(
                    account_id=found.account_id,
                    claim_id=found.claim_id,
                    keep_until=self.now() + self.token_life,
                )
            )

    def _reset(self, token: str, password: str, client: str) -> str:
        email_key = self._find(token).email_key
        self.policy.check(password, email=email_key)
        password_hash = self.hashing.hash(password)
        with self.database.atomic():
            self.database.run(claims.LOCK_ADDRESS, email_key=email_key)
            self._find(token)
            account_id = self._replace(email_key, password_hash)
            self._end_all(account_id, email_key)
            self._record(account_id, client)
            return self.devices.add(account_id).token

    def _find(self, token: str) -> Row:
        found = self.database.fetch_one(resets.FIND_TOKEN, digest=digest(token))
        if found is None or found.used_at is not None:
            raise TokenInvalid
        if found.expires_at <= self.now():
            raise TokenExpired
        return found

    def _replace(self, email_key: str, password_hash: str) -> UUID:
        replaced = self.database.fetch_one(
            resets.REPLACE,
            account_id=new_id(),
            email_key=email_key,
            password_hash=password_hash,
            now=self.now(),
        )
        if replaced is None:
            raise TokenInvalid
        return UUID(str(replaced.id))

    def _end_all(self, account_id: UUID, email_key: str) -> None:
        now = self.now()
        self.database.run(resets.VOID_CLAIMS, email_key=email_key)
        self.database.run(resets.VOID_TOKENS, email_key=email_key, now=now)
        self.database.run(resets.VOID_UNLOCKING, account_id=account_id, now=now)
        self.devices.end_all(account_id)
        self.lockouts.release(by="reset", email=email_key, account_id=account_id)

    def _record(self, account_id: UUID, client: str) -> None:
        now = self.now()
        self.outbox.record(
            PasswordReset(
                account_id=account_id, at=now, client=client, keep_until=now + WORTH_TELLING
            )
        )

    def _write_letter(self, promise: Claimed, recipient: Row, token: str) -> Letter:
        ResetToken.insert(
            digest=digest(token),
            email_key=recipient.email_key,
            account=recipient.account_id,
            expires_at=self.now() + self.token_life,
        ).execute()
        return self.letters.compose(
            "password_reset",
            to=recipient.email,
            promise_id=promise.id,
            token=token,
            valid_for=self.token_life,
        )

    def _forget(self, token: str) -> None:
        ResetToken.delete().where(ResetToken.digest == digest(token)).execute()
