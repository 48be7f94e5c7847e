"""Verification: whoever reads the letter proves the address, and that letter's claim counts."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

from ostiary.accounts import claims
from ostiary.accounts.addresses import key_of
from ostiary.accounts.models import VerificationToken
from ostiary.courier.deliveries import Deliveries
from ostiary.courier.letters import Letter, Letters
from ostiary.courier.outbox import Outbox
from ostiary.courier.promises import Claimed, NotWanted
from ostiary.errors import TokenExpired, TokenInvalid
from ostiary.events import AddressVerified, VerificationRequested
from ostiary.platform.chance import digest, new_id, new_token
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database, Row
from ostiary.platform.padding import padded
from ostiary.protection.limits import Limits


@dataclass(frozen=True)
class Verification:
    database: Database
    outbox: Outbox
    deliveries: Deliveries
    letters: Letters
    limits: Limits
    now: Clock
    token_life: timedelta

    def confirm(self, token: str) -> None:
        """May be repeated with the same token; raises `TokenInvalid` or `TokenExpired`."""
        self._confirm(token)

    def _promise_letter(self, email: str) -> None:
        with self.database.atomic():
            claim = self.database.fetch_one(claims.NEWEST_OPEN, email_key=key_of(email))
            self.outbox.record(
                VerificationRequested(
                    claim_id=claim and claim.id, keep_until=self.now() + self.token_life
                )
            )

    def _confirm(self, token: str) -> None:
        with self.database.atomic():
            found = self._find_locked(digest(token))
            if found is None:
                raise TokenInvalid
            if found.used_at is not None:
                return
            if found.expires_at <= self.now():
                raise TokenExpired
            self._prove(found)

    def resend(self, email: str) -> None:
        """Does the same work for an address that has nothing to verify, in the same time."""
        with padded(), self.limits.promising_letter("proof", key_of(email)) as may_write:
            if may_write:
                self._promise_letter(email)

    def send_verification_email(self, promise: Claimed) -> None:
        claim = self._find_open_claim(promise.event["claim_id"])
        if claim is None:
            raise NotWanted
        token = new_token()
        self.deliveries.deliver(
            partial(self._write_letter, promise, claim, token),
            forget=partial(self._forget, token),
        )

    def _find_locked(self, token_digest: bytes) -> Row | None:
        """Claims to one address are confirmed one at a time, so the token is read again inside."""
        found = self.database.fetch_one(claims.FIND_TOKEN, digest=token_digest)
        if found is None:
            return None
        self.database.run(claims.LOCK_ADDRESS, email_key=found.email_key)
        return self.database.fetch_one(claims.FIND_TOKEN, digest=token_digest)

    def _prove(self, found: Row) -> None:
        now = self.now()
        account = self.database.fetch_one(
            claims.PROVE, claim_id=found.claim_id, account_id=new_id(), now=now
        )
        if account is None:
            raise TokenInvalid
        self.database.run(claims.CONFIRM, claim_id=found.claim_id, account_id=account.id, now=now)
        self.database.run(claims.USE_TOKEN, digest=found.digest, now=now)
        self.database.run(claims.VOID_OTHER_TOKENS, claim_id=found.claim_id, digest=found.digest)
        self.database.run(claims.VOID_OTHERS, claim_id=found.claim_id, email_key=found.email_key)
        self.outbox.record(AddressVerified(account_id=account.id, claim_id=found.claim_id))

    def _find_open_claim(self, claim_id: str | None) -> Row | None:
        if claim_id is None:
            return None
        return self.database.fetch_one(claims.FIND_OPEN, id=UUID(claim_id))

    def _write_letter(self, promise: Claimed, claim: Row, token: str) -> Letter:
        self.database.run(
            claims.INSERT_TOKEN,
            digest=digest(token),
            claim_id=claim.id,
            expires_at=self.now() + self.token_life,
        )
        return self.letters.compose(
            "verification",
            to=claim.email,
            promise_id=promise.id,
            token=token,
            valid_for=self.token_life,
        )

    def _forget(self, token: str) -> None:
        VerificationToken.delete().where(VerificationToken.digest == digest(token)).execute()
