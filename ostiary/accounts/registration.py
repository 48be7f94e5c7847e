"""Registration: each one of an unproven address is a claim of its own, with its own letter."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from peewee import IntegrityError

from ostiary.accounts import claims
from ostiary.accounts.addresses import Addresses, key_of
from ostiary.accounts.models import Account
from ostiary.accounts.passwords import PasswordPolicy
from ostiary.accounts.profiles import Profile, profile_of
from ostiary.accounts.together import Together
from ostiary.courier.deliveries import Deliveries
from ostiary.courier.letters import Letters
from ostiary.courier.outbox import Outbox
from ostiary.courier.promises import Claimed, NotWanted
from ostiary.errors import EmailTaken
from ostiary.events import AddressClaimed, KnownAddressRegistered
from ostiary.platform.chance import new_id
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.hashing import Hashing
from ostiary.protection.limits import Limits


@dataclass(frozen=True)
class Registration:
    database: Database
    outbox: Outbox
    deliveries: Deliveries
    letters: Letters
    hashing: Hashing
    addresses: Addresses
    policy: PasswordPolicy
    limits: Limits
    now: Clock
    letter_life: timedelta
    verification_required: bool

    def register(self, email: str, password: str, display_name: str | None) -> Profile | None:
        """None while the address has to be proven first, whether or not it is known.

        Raises `EmailUnacceptable`, `PasswordUnacceptable`, `Unacceptable` where both are at fault,
        and `EmailTaken` only where accounts open without proof.
        """
        checks = Together()
        with checks:
            email = self.addresses.accept(email)
        with checks:
            self.policy.check(password, email=email)
        checks.refuse()
        password_hash = self.hashing.hash(password)
        with self.limits.promising_letter("proof", key_of(email)) as may_write:
            if not self.verification_required:
                return self._open(email, password_hash, display_name, may_write=may_write)
            if may_write:
                self._claim(email, password_hash, display_name)
        return None

    def send_already_registered_email(self, promise: Claimed) -> None:
        account = Account.get_or_none(Account.id == UUID(promise.event["account_id"]))
        if account is None:
            raise NotWanted
        self.deliveries.deliver(
            lambda: self.letters.compose(
                "already_registered", to=account.email, promise_id=promise.id
            )
        )

    def _claim(self, email: str, password_hash: str, display_name: str | None) -> None:
        keep_until = self.now() + self.letter_life
        with self.database.atomic():
            known = self.database.fetch_one(FIND_PROVEN, email_key=key_of(email))
            if known is not None:
                self.outbox.record(
                    KnownAddressRegistered(account_id=known.id, keep_until=keep_until)
                )
                return
            claim_id = self._insert_claim(None, email, password_hash, display_name)
            self.outbox.record(AddressClaimed(claim_id=claim_id, keep_until=keep_until))

    def _open(
        self, email: str, password_hash: str, display_name: str | None, *, may_write: bool
    ) -> Profile:
        try:
            with self.database.atomic():
                account = Account.create(
                    id=new_id(),
                    email=email,
                    email_key=key_of(email),
                    display_name=display_name,
                    password_hash=password_hash,
                    roles=[],
                    created_at=self.now(),
                )
                claim_id = self._insert_claim(account.id, email, password_hash, display_name)
                if may_write:
                    keep_until = self.now() + self.letter_life
                    self.outbox.record(AddressClaimed(claim_id=claim_id, keep_until=keep_until))
        except IntegrityError:
            raise EmailTaken from None
        return profile_of(account)

    def _insert_claim(
        self, account_id: UUID | None, email: str, password_hash: str, display_name: str | None
    ) -> UUID:
        claim_id = new_id()
        self.database.run_with_commit(
            claims.INSERT,
            id=claim_id,
            account_id=account_id,
            email=email,
            email_key=key_of(email),
            display_name=display_name,
            password_hash=password_hash,
            now=self.now(),
        )
        return claim_id


FIND_PROVEN = """
SELECT id FROM account WHERE email_key = %(email_key)s AND email_verified_at IS NOT NULL
"""
