"""Facts, in the past tense: what a verb did, by ids and times, never with a secret."""

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Event:
    @classmethod
    def name(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def facts(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Promising(Event):
    """A fact whose reactions are worth nothing after `keep_until`."""

    keep_until: datetime

    @property
    def line(self) -> str | None:
        """The one of a channel's lines that it goes out by, where each fails for itself."""
        return None


@dataclass(frozen=True, kw_only=True)
class AddressClaimed(Promising):
    claim_id: UUID


@dataclass(frozen=True, kw_only=True)
class KnownAddressRegistered(Promising):
    account_id: UUID


@dataclass(frozen=True, kw_only=True)
class VerificationRequested(Promising):
    """`claim_id` is None for an address that has nothing to verify; the work looks the same."""

    claim_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class AddressVerified(Event):
    account_id: UUID
    claim_id: UUID


@dataclass(frozen=True, kw_only=True)
class AccountCreated(Event):
    """By an operator, with an address that needs no proof."""

    account_id: UUID


@dataclass(frozen=True, kw_only=True)
class AccountDisabled(Event):
    account_id: UUID


@dataclass(frozen=True, kw_only=True)
class AccountEnabled(Event):
    account_id: UUID


@dataclass(frozen=True, kw_only=True)
class AccountDeleted(Event):
    account_id: UUID


@dataclass(frozen=True, kw_only=True)
class SessionStarted(Event):
    account_id: UUID
    session_id: UUID


@dataclass(frozen=True, kw_only=True)
class SessionEnded(Event):
    account_id: UUID
    session_id: UUID


@dataclass(frozen=True, kw_only=True)
class RefreshTokenReplayed(Event):
    account_id: UUID
    session_id: UUID


@dataclass(frozen=True, kw_only=True)
class LockoutStarted(Promising):
    """`account_id` is None for an address that has no account; `client` is who spent the budget."""

    lockout_id: UUID
    account_id: UUID | None
    client: str
    locked_until: datetime


@dataclass(frozen=True, kw_only=True)
class LockoutReleased(Event):
    lockout_id: UUID
    by: str


@dataclass(frozen=True, kw_only=True)
class OwnerLetIn(Event):
    """The link of a lockout letter was used."""

    lockout_id: UUID
    account_id: UUID


@dataclass(frozen=True, kw_only=True)
class MessageRetried(Event):
    """By an administrator or an operator, as is `MessageCancelled`."""

    message_id: UUID


@dataclass(frozen=True, kw_only=True)
class MessageCancelled(Event):
    message_id: UUID


@dataclass(frozen=True, kw_only=True)
class AlertAnnounced(Promising):
    """To one target; `kind` is `firing` or `resolved`, and `at` when it was."""

    alert_id: UUID
    kind: str
    at: datetime
    target: str

    @property
    def line(self) -> str:
        return self.target.partition(":")[0]
