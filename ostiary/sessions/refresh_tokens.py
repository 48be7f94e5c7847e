"""Refresh tokens: each is used once, and reuse ends the session (RFC 9700 §4.14).

An answer may be lost, so the immediate predecessor gets the same successor again for a moment. Only
digests are stored: what has to be answered again is sealed by the token that asks for it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, cast
from uuid import UUID

import orjson

from ostiary.errors import RefreshTokenExpired, RefreshTokenReused
from ostiary.platform.chance import digest, new_token
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database, Row
from ostiary.platform.sealing import sealed_by

INSERT = """
INSERT INTO refresh_token (digest, session_id, issued_at, expires_at, sealed)
VALUES (%(digest)s, %(session_id)s, %(now)s, %(expires_at)s, %(sealed)s)
"""
USE = """
UPDATE refresh_token SET used_at = %(now)s, sealed = %(sealed)s WHERE digest = %(digest)s
"""
SUCCESSOR = """
SELECT digest, expires_at, used_at FROM refresh_token WHERE digest = %(digest)s
"""


class Issued(NamedTuple):
    """A refresh token on its way to the client, with the device token that travels with it."""

    token: str
    expires_at: datetime
    device_token: str


class Sealed(NamedTuple):
    device_token: str
    successor: str | None


@dataclass(frozen=True)
class RefreshTokens:
    database: Database
    now: Clock
    life: timedelta
    grace: timedelta

    def issue(self, session_id: UUID, *, device_token: str, until: datetime) -> Issued:
        """The token lives for `life`, and not longer than its session."""
        token, expires_at = new_token(), min(self.now() + self.life, until)
        self.database.run(
            INSERT,
            digest=digest(token),
            session_id=session_id,
            now=self.now(),
            expires_at=expires_at,
            sealed=_seal(token, Sealed(device_token, None)),
        )
        return Issued(token, expires_at, device_token)

    def succeed(self, token: str, found: Row, *, until: datetime) -> Issued:
        """Belongs inside a transaction that holds the session's row, where `found` was read.

        Raises `RefreshTokenExpired`, or `RefreshTokenReused` for all but a lost answer's repeat.
        """
        sealed = _open(token, found.sealed)
        if found.used_at is not None:
            return self._repeat(sealed, found.used_at)
        if found.expires_at <= self.now():
            raise RefreshTokenExpired
        issued = self.issue(found.session_id, device_token=sealed.device_token, until=until)
        renewed = _seal(token, sealed._replace(successor=issued.token))
        self.database.run(USE, digest=digest(token), now=self.now(), sealed=renewed)
        return issued

    def _repeat(self, sealed: Sealed, used_at: datetime) -> Issued:
        successor = cast(str, sealed.successor)
        row = self.database.fetch_one(SUCCESSOR, digest=digest(successor))
        within_grace = self.now() <= used_at + self.grace
        if row is None or row.used_at is not None or not within_grace:
            raise RefreshTokenReused
        return Issued(successor, row.expires_at, sealed.device_token)


def _seal(token: str, sealed: Sealed) -> bytes:
    return sealed_by(token).encrypt(orjson.dumps(sealed._asdict()))


def _open(token: str, sealed: bytes) -> Sealed:
    return Sealed(**orjson.loads(sealed_by(token).decrypt(sealed)))
