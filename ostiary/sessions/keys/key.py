"""A signing key and the states of its life, which the clock alone decides."""

from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

State = Literal["published", "active", "retiring", "gone"]

# Twice as long as the JWKS may be cached: by a proxy, and by a verifier that asks the proxy.
PUBLISHED_FOR = timedelta(minutes=10)
# A process signs and verifies with the keys that it has read no longer ago than this.
REMEMBERED = timedelta(seconds=1)
SKEW = timedelta(minutes=1)


class Key(NamedTuple):
    """`retiring_at` and `gone_at` are known as soon as there is a successor."""

    kid: str
    public_jwk: dict[str, Any]
    sealed_private_key: bytes
    published_at: datetime
    active_at: datetime
    retiring_at: datetime | None = None
    gone_at: datetime | None = None


def state_of(key: Key, now: datetime) -> State:
    if key.gone_at is not None and key.gone_at <= now:
        return "gone"
    if key.retiring_at is not None and key.retiring_at <= now:
        return "retiring"
    return "active" if key.active_at <= now else "published"


def end_of(retiring_at: datetime, token_life: timedelta) -> datetime:
    """When no token can be valid any more, though a process was late or its clock slow."""
    return retiring_at + token_life + SKEW + REMEMBERED
