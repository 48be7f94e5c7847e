"""Profiles: an account as its owner sees it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ostiary.accounts.erasure import Erasure
from ostiary.accounts.models import Account
from ostiary.accounts.own_password import OwnPassword
from ostiary.errors import NotFound
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
    own_password: OwnPassword
    erasure: Erasure

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
        self.own_password.prove(account_id, password, knock)
        self.erasure.erase(account_id)


def profile_of(account: Account) -> Profile:
    return Profile(
        id=account.id,
        email=account.email,
        display_name=account.display_name,
        email_verified=account.email_verified_at is not None,
        roles=tuple(account.roles),
        created_at=account.created_at,
    )
