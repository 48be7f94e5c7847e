"""Who acts, and from where: known at the edge, and asked where a fact is recorded."""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from structlog.contextvars import get_contextvars


@dataclass(frozen=True)
class Circumstances:
    """`actor_id` is the account whose access token was accepted, `ip` the client's address."""

    via: Literal["http", "command line", "background"] = "background"
    ip: str | None = None
    actor_id: UUID | None = None


NOBODY = Circumstances()

_current: ContextVar[Circumstances] = ContextVar("circumstances", default=NOBODY)


def circumstances() -> Circumstances:
    return _current.get()


def request_id() -> str | None:
    """Of the request itself, or of the one that the work in hand was promised in."""
    return get_contextvars().get("request_id")


def arrive(ip: str) -> None:
    """A request begins; nobody is known to act yet."""
    _current.set(Circumstances("http", ip))


def act_as(account_id: UUID) -> None:
    here = _current.get()
    _current.set(Circumstances(here.via, here.ip, account_id))


def leave() -> None:
    _current.set(NOBODY)


def command() -> None:
    """An operator acts, until the process ends."""
    _current.set(Circumstances("command line"))
