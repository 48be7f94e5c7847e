"""Facts about passwords: forgotten, reset and changed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ostiary.events.event import Promising


@dataclass(frozen=True, kw_only=True)
class PasswordResetRequested(Promising):
    """Both ids are None for an address that nobody has registered; the work looks the same."""

    account_id: UUID | None
    registration_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class PasswordReset(Promising):
    """By the link of a letter, used at `client`."""

    by_owner = True

    account_id: UUID
    at: datetime
    client: str


@dataclass(frozen=True, kw_only=True)
class PasswordChanged(Promising):
    """By whoever knew the old one, in a session at `client`."""

    account_id: UUID
    session_id: UUID
    at: datetime
    client: str
