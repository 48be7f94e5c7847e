"""Everything unguessable: identifiers, tokens and the digests they are kept as."""

import hashlib
import random
import secrets
from uuid import UUID

import uuid_utils
import uuid_utils.compat

TOKEN_CHARACTERS = 43


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): ids sort by the moment they were made."""
    return uuid_utils.compat.uuid7()


def new_request_id() -> str:
    """The same as text, which costs a third of turning one into text."""
    return str(uuid_utils.uuid7())


def new_token() -> str:
    """256 random bits as 43 URL-safe characters."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """What is stored of a token: SHA-256, which suffices for 256 random bits."""
    return hashlib.sha256(token.encode()).digest()


def jitter() -> float:
    """A factor that takes away a quarter at most, so that those who failed together part."""
    return random.uniform(0.75, 1.0)  # noqa: S311
