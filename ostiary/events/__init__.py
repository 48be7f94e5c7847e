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
class RegistrationReceived(Promising):
    """It came from `client`; `account_id` instead of `registration_id` where the account is open
    without proof.
    """

    registration_id: UUID | None
    account_id: UUID | None
    client: str


@dataclass(frozen=True, kw_only=True)
class KnownAddressRegistered(Promising):
    account_id: UUID


@dataclass(frozen=True, kw_only=True)
class VerificationRequested(Promising):
    """Both ids are None for an email that has nothing to verify; the work looks the same."""

    registration_id: UUID | None
    account_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class AddressVerified(Event):
    by_owner = True

    account_id: UUID


@dataclass(frozen=True, kw_only=True)
class AccountOpened(Event):
    """By its owner; `by` is `registration` (without proof), `verification` or `reset`."""

    by_owner = True

    account_id: UUID
    by: str


@dataclass(frozen=True, kw_only=True)
class AccountCreated(Event):
    """By an operator, with an email that needs no proof."""

    account_id: UUID
    roles: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class AccountInvited(Promising):
    """An account was opened for somebody who has not chosen a password yet."""

    account_id: UUID
    roles: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RolesChanged(Event):
    """`roles` are all that the account has now."""

    account_id: UUID
    roles: tuple[str, ...]


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
class SessionsEnded(Event):
    """Every session of an account but the one that is `kept`, if any."""

    account_id: UUID
    kept: UUID | None


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
