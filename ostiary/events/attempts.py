"""Facts about attempts to log in that did not get far."""

from dataclasses import dataclass
from uuid import UUID

from ostiary.events.event import Event


@dataclass(frozen=True, kw_only=True)
class LoginFailed(Event):
    """A wrong secret was tried, on the budget of an `address`, a `device` or a `client`."""

    account_id: UUID | None
    budget: str


@dataclass(frozen=True, kw_only=True)
class LoginRefused(Event):
    """Before its secret was looked at; one stands for all of five seconds."""

    account_id: UUID | None
    budget: str
    rule: str
