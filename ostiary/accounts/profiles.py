"""Profiles: an account as its owner sees it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ostiary.accounts.models import Account
from ostiary.courier.outbox import Outbox
from ostiary.errors import NotFound, WrongPassword
from ostiary.events import AccountDeleted
from ostiary.platform.database import Database
from ostiary.platform.hashing import Hashing
from ostiary.protection.guard import Guard
from ostiary.protection.knocks import Knock


@dataclass(frozen=True)
class Profile:
    id: UUID
    email: str
    display_name: str | None
    email_verified: bool
    roles: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True)
class Profiles:
    database: Database
    outbox: Outbox
    hashing: Hashing
    guard: Guard

    def get(self, account_id: UUID) -> Profile:
        account = Account.get_or_none(Account.id == account_id)
        if account is None:
            raise NotFound
        return profile_of(account)

    def rename(self, account_id: UUID, display_name: str | None) -> Profile:
        changed = (
            Account.update(display_name=display_name)
            .where(Account.id == account_id)
            .returning(Account)
            .execute()
        )
        for account in changed:
            return profile_of(account)
        raise NotFound

    def delete(self, account_id: UUID, *, password: str, knock: Knock) -> None:
        """Everything that belongs to the account goes with it; raises `WrongPassword`."""
        self.guard.judge(knock, lambda: self._ensure_password(account_id, password))
        with self.database.atomic():
            Account.delete().where(Account.id == account_id).execute()
            self.outbox.record(AccountDeleted(account_id=account_id))

    def _ensure_password(self, account_id: UUID, password: str) -> None:
        account = Account.get_or_none(Account.id == account_id)
        if account is None or not self.hashing.matches(password, account.password_hash):
            raise WrongPassword


def profile_of(account: Account) -> Profile:
    return Profile(
        id=account.id,
        email=account.email,
        display_name=account.display_name,
        email_verified=account.email_verified_at is not None,
        roles=tuple(account.roles),
        created_at=account.created_at,
    )
