"""Facts about the keys that sign access tokens."""

from dataclasses import dataclass
from datetime import datetime

from ostiary.events.event import Event


@dataclass(frozen=True, kw_only=True)
class SigningKeyRotated(Event):
    """The next key is there; in an `emergency` it is active, and those before it are gone."""

    kid: str
    active_at: datetime
    emergency: bool


@dataclass(frozen=True, kw_only=True)
class SigningKeysResealed(Event):
    kids: tuple[str, ...]
