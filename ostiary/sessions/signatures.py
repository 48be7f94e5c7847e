"""Signatures of access tokens, verified once: what a text says does not change."""

from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple
from uuid import UUID

import orjson
from joserfc import jwt
from joserfc.jwk import ECKey

ALGORITHMS = ["ES256"]
TYPE = "at+jwt"
# Some 1.5 kB each.
MOST = 4096


class Claims(NamedTuple):
    """What a genuine token says, and which key it was signed with."""

    key_id: str
    issuer: str
    audience: str
    expires_at: int
    account_id: UUID
    session_id: UUID
    jti: UUID


@dataclass(frozen=True)
class Signatures:
    """Remembers claims by the token's whole text, and nothing of a token that was not genuine."""

    _known: dict[str, Claims] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def verify(self, token: str, find_key: Callable[[str], ECKey]) -> Claims:
        """By the key the token names, whose name is a digest of it (RFC 7638): it is found anew
        each time.

        Raises what finding it raises, and joserfc, or what a claim of the wrong type does.
        """
        known = self._known.get(token)
        key = find_key(known.key_id if known else _key_named_by(token))
        return known or self.remember(token, _read(jwt.decode(token, key, algorithms=ALGORITHMS)))

    def remember(self, token: str, claims: Claims) -> Claims:
        with self._lock:
            self._known[token] = claims
            if len(self._known) > MOST:
                del self._known[next(iter(self._known))]
        return claims


def _key_named_by(token: str) -> str:
    """The `kid` of the header; raises what an unreadable one does."""
    header = orjson.loads(urlsafe_b64decode(token.partition(".")[0] + "=="))
    return str(header["kid"])


def _read(token: jwt.Token) -> Claims:
    claims = token.claims
    if token.header.get("typ") != TYPE:
        raise ValueError
    return Claims(
        key_id=str(token.header["kid"]),
        issuer=claims["iss"],
        audience=claims["aud"],
        expires_at=int(claims["exp"]),
        account_id=UUID(str(claims["sub"])),
        session_id=UUID(str(claims["sid"])),
        jti=UUID(str(claims["jti"])),
    )
