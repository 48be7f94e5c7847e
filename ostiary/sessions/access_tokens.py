"""Access tokens: JWTs as RFC 9068 profiles them, signed with ES256."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError

from ostiary.errors import Unauthenticated
from ostiary.platform.clock import Clock
from ostiary.sessions.keys.signing_keys import SigningKeys
from ostiary.sessions.signatures import ALGORITHMS, TYPE, Claims, Signatures

LONGEST_TOKEN = 4096
UNREADABLE = (JoseError, ValueError, KeyError, TypeError, ArithmeticError, RecursionError)


@dataclass(frozen=True)
class Bearer:
    """Whom a verified access token speaks for; whether they are still in is not said."""

    account_id: UUID
    session_id: UUID
    jti: UUID


@dataclass(frozen=True)
class AccessTokens:
    keys: SigningKeys
    now: Clock
    issuer: str
    audience: str
    life: timedelta
    signatures: Signatures = field(default_factory=Signatures)

    def issue(self, *, account_id: UUID, session_id: UUID, roles: list[str], jti: UUID) -> str:
        """A signed token; of two tokens of a session, the one with the greater `jti` is newer."""
        key, issued_at = self.keys.signing(), int(self.now().timestamp())
        header = {"alg": "ES256", "typ": TYPE, "kid": key.kid}
        claims = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": str(account_id),
            "sid": str(session_id),
            "iat": issued_at,
            "exp": issued_at + int(self.life.total_seconds()),
            "jti": str(jti),
            "roles": roles,
        }
        return jwt.encode(header, claims, key, algorithms=ALGORITHMS)

    def verify(self, token: str) -> Bearer:
        """Raises `Unauthenticated`, whatever is wrong with the token."""
        if len(token) > LONGEST_TOKEN:
            raise Unauthenticated
        try:
            claims = self.signatures.verify(token, self.keys.verifying)
        except UNREADABLE:
            raise Unauthenticated from None
        if not self._fits(claims):
            raise Unauthenticated
        return Bearer(claims.account_id, claims.session_id, claims.jti)

    def _fits(self, claims: Claims) -> bool:
        return (
            claims.issuer == self.issuer
            and claims.audience == self.audience
            and claims.expires_at > self.now().timestamp()
        )
