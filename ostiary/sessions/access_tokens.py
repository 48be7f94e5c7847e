"""Access tokens: JWTs as RFC 9068 profiles them, signed with ES256."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from ostiary.errors import Unauthenticated
from ostiary.platform.chance import new_id
from ostiary.platform.clock import Clock
from ostiary.sessions.keys.signing_keys import SigningKeys

ALGORITHMS = ["ES256"]
TYPE = "at+jwt"
LONGEST_TOKEN = 4096
UNREADABLE = (JoseError, ValueError, KeyError, TypeError, ArithmeticError, RecursionError)


@dataclass(frozen=True)
class Bearer:
    """Whom a verified access token speaks for; whether they are still in is not said."""

    account_id: UUID
    session_id: UUID


@dataclass(frozen=True)
class AccessTokens:
    keys: SigningKeys
    now: Clock
    issuer: str
    audience: str
    life: timedelta

    def issue(self, *, account_id: UUID, session_id: UUID, roles: list[str]) -> str:
        key, issued_at = self.keys.signing(), int(self.now().timestamp())
        header = {"alg": "ES256", "typ": TYPE, "kid": key.kid}
        claims = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": str(account_id),
            "sid": str(session_id),
            "iat": issued_at,
            "exp": issued_at + int(self.life.total_seconds()),
            "jti": str(new_id()),
            "roles": roles,
        }
        return jwt.encode(header, claims, key, algorithms=ALGORITHMS)

    def verify(self, token: str) -> Bearer:
        """Raises `Unauthenticated`, whatever is wrong with the token."""
        if len(token) > LONGEST_TOKEN:
            raise Unauthenticated
        try:
            return self._read(jwt.decode(token, self._key_of, algorithms=ALGORITHMS))
        except UNREADABLE:
            raise Unauthenticated from None

    def _key_of(self, token: Any) -> ECKey:
        return self.keys.verifying(token.headers()["kid"])

    def _read(self, token: jwt.Token) -> Bearer:
        claims = token.claims
        fits = (
            token.header.get("typ") == TYPE
            and claims["iss"] == self.issuer
            and claims["aud"] == self.audience
            and int(claims["exp"]) > self.now().timestamp()
        )
        if not fits:
            raise Unauthenticated
        return Bearer(account_id=UUID(str(claims["sub"])), session_id=UUID(str(claims["sid"])))
