"""What proves something: keys, secrets, and what a password's hash may cost."""

from base64 import b64decode
from dataclasses import dataclass
from typing import Annotated

from ostiary.platform.settings.accepting import accepts, each, matching
from ostiary.platform.settings.amounts import integer


@dataclass(frozen=True)
class Argon2Cost:
    """The parameters of argon2id (RFC 9106)."""

    memory_kib: int
    iterations: int
    lanes: int


def secret_key(text: str) -> str:
    if len(text) < 32:
        raise ValueError("too short")
    return text


def webhook_secret(text: str) -> str:
    """The form of Standard Webhooks."""
    (encoded,) = matching("whsec_(.+)", text)
    b64decode(encoded, validate=True)
    return text


def basic_auth(text: str) -> str:
    """Users as Flower wants them: `user:password`, several with commas between them."""
    each(lambda user: matching("[^:]+:.+", user))(text)
    return text


def argon2_cost(text: str) -> Argon2Cost:
    memory, iterations, lanes = matching("argon2id:m=([0-9]+),t=([0-9]+),p=([0-9]+)", text)
    threads = integer(1, 16)(lanes)
    return Argon2Cost(integer(8 * threads, 1_048_576)(memory), integer(1, 100)(iterations), threads)


SecretKeys = Annotated[
    tuple[str, ...],
    accepts(each(secret_key), "secrets of at least 32 characters, with commas between them"),
]
WebhookSecret = Annotated[
    str | None, accepts(webhook_secret, "whsec_ followed by the secret in base64")
]
BasicAuth = Annotated[str | None, accepts(basic_auth, "user:password")]
HashCost = Annotated[
    Argon2Cost,
    accepts(
        argon2_cost,
        "like argon2id:m=19456,t=2,p=1, with m from 8 times p to 1048576, t to 100 and p to 16",
    ),
]
