"""Refresh tokens: each is used once, and reuse ends the session (RFC 9700 §4.14).

An answer may be lost, so the immediate predecessor gets the same successor again for a moment. Only
digests are stored: what has to be answered again is sealed by the token that asks for it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast
from uuid import UUID

import orjson
from cryptography.fernet import Fernet

from ostiary.errors import RefreshTokenExpired, RefreshTokenReused
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database, Row
from ostiary.platform.encryption import sealed_by
from ostiary.platform.identifiers import digest, new_token

INSERT = """
INSERT INTO refresh_token (digest, session_id, issued_at, expires_at, sealed)
VALUES (%(digest)s, %(session_id)s, %(now)s, %(expires_at)s, %(sealed)s)
"""
SUCCEED = f"""
WITH used AS (
    UPDATE refresh_token SET used_at = %(now)s, sealed = %(resealed)s WHERE digest = %(used)s)
{INSERT}
"""
# The newest is the only one that was not used yet.
VOID_NEWEST = """
DELETE FROM refresh_token WHERE digest = (
    SELECT digest FROM refresh_token WHERE session_id = %(session_id)s
    ORDER BY issued_at DESC, used_at IS NULL DESC LIMIT 1)
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
        issued = self._mint(device_token, until)
        self.database.run_with_commit(INSERT, **self._row(session_id, issued))
        return issued

    def void_newest(self, session_id: UUID) -> None:
        """The session needs another one to go on; belongs inside a transaction."""
        self.database.run(VOID_NEWEST, session_id=session_id)

    def succeed(
        self, token: str, found: Row, *, device_token: str | None, until: datetime
    ) -> Issued:
        """Belongs inside a transaction that holds the session's row, where `found` was read.

        The device token that was sealed goes on, unless there is another. Raises
        `RefreshTokenExpired`, or `RefreshTokenReused` for all but a lost answer's repeat.
        """
        seal = sealed_by(token)
        sealed = Sealed(**orjson.loads(seal.decrypt(found.sealed)))
        if device_token is not None:
            sealed = sealed._replace(device_token=device_token)
        if found.used_at is not None:
            return self._repeat(sealed, found.used_at)
        if found.expires_at <= self.now():
            raise RefreshTokenExpired
        issued = self._mint(sealed.device_token, until)
        self.database.run_with_commit(
            SUCCEED,
            **self._row(found.session_id, issued),
            used=found.digest,
            resealed=_sealed(seal, sealed._replace(successor=issued.token)),
        )
        return issued

    def _mint(self, device_token: str, until: datetime) -> Issued:
        return Issued(new_token(), min(self.now() + self.life, until), device_token)

    def _row(self, session_id: UUID, issued: Issued) -> dict[str, Any]:
        return {
            "digest": digest(issued.token),
            "session_id": session_id,
            "now": self.now(),
            "expires_at": issued.expires_at,
            "sealed": _sealed(sealed_by(issued.token), Sealed(issued.device_token, None)),
        }

    def _repeat(self, sealed: Sealed, used_at: datetime) -> Issued:
        successor = cast(str, sealed.successor)
        row = self.database.fetch_one(SUCCESSOR, digest=digest(successor))
        within_grace = self.now() <= used_at + self.grace
        if row is None or row.used_at is not None or not within_grace:
            raise RefreshTokenReused
        return Issued(successor, row.expires_at, sealed.device_token)


def _sealed(seal: Fernet, sealed: Sealed) -> bytes:
    return seal.encrypt(orjson.dumps(sealed._asdict()))
