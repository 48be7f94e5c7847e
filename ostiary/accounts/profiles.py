"""Profiles: an account as its owner sees it."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ostiary.accounts.erasure import Erasure
from ostiary.accounts.models import Account
from ostiary.accounts.own_password import OwnPassword
from ostiary.errors import NotFound, WrongPassword
from ostiary.platform.database import Database, Row
from ostiary.protection.knocks import Knock


class Profile(NamedTuple):
    id: UUID
    email: str
    display_name: str | None
    email_verified: bool
    roles: list[str]
    created_at: datetime


# The columns of `Profile`, in its order.
PROFILE = """
account.id, account.email, account.display_name,
account.email_verified_at IS NOT NULL AS email_verified, account.roles, account.created_at
"""
GET = f"SELECT {PROFILE} FROM account WHERE id = %(id)s"
RENAME = f"UPDATE account SET display_name = %(name)s WHERE id = %(id)s RETURNING {PROFILE}"


@dataclass(frozen=True)
class Profiles:
    database: Database
    own_password: OwnPassword
    erasure: Erasure

    def get(self, account_id: UUID) -> Profile:
        return _found(self.database.fetch_one(GET, id=account_id))

    def rename(self, account_id: UUID, display_name: str | None) -> Profile:
        return _found(self.database.fetch_one(RENAME, id=account_id, name=display_name))

    def delete(self, account_id: UUID, *, password: str, knock: Knock) -> None:
        """Everything that belongs to the account goes with it; raises `WrongPassword`."""
        proven = self.own_password.prove(account_id, password, knock)
        if not self.erasure.erase_own(proven):
            raise WrongPassword


def _found(row: Row | None) -> Profile:
    if row is None:
        raise NotFound
    return Profile(*row)


def profile_of(account: Account) -> Profile:
    return Profile(
        id=account.id,
        email=account.email,
        display_name=account.display_name,
        email_verified=account.email_verified_at is not None,
        roles=account.roles,
        created_at=account.created_at,
    )
