"""Facts, in the past tense: what a verb did, by ids and times, never with a secret."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ostiary.events.attempts import LoginFailed as LoginFailed
from ostiary.events.attempts import LoginRefused as LoginRefused
from ostiary.events.event import Event as Event
from ostiary.events.event import Promising as Promising
from ostiary.events.event import audited as audited
from ostiary.events.keys import SigningKeyRotated as SigningKeyRotated
from ostiary.events.keys import SigningKeysResealed as SigningKeysResealed
from ostiary.events.passwords import PasswordChanged as PasswordChanged
from ostiary.events.passwords import PasswordReset as PasswordReset
from ostiary.events.passwords import PasswordResetRequested as PasswordResetRequested
from ostiary.events.restoring import BackupRestored as BackupRestored


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
    by_owner = True

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
    by_owner = True

    account_id: UUID
    session_id: UUID


@dataclass(frozen=True, kw_only=True)
class NewDeviceSeen(Promising):
    """A session was begun on a device that the account had not used before."""

    by_owner = True

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
    account_id: UUID | None
    by: str


@dataclass(frozen=True, kw_only=True)
class OwnerLetIn(Event):
    """The link of a lockout letter was used."""

    by_owner = True

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

    # An alert is about machines, and its own table says what became of it.
    audited = False

    alert_id: UUID
    kind: str
    at: datetime
    target: str

    @property
    def line(self) -> str:
        return self.target.partition(":")[0]
