"""Devices: what an account has logged in from, each known by a token of its own."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, TypeGuard
from uuid import UUID

from ostiary.platform.chance import TOKEN_CHARACTERS, digest, new_id, new_token
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.sweeping import sweep

# A device that has not been used for a year is none. Its row stays a little longer, for whoever
# was recognised at the last moment.
FORGOTTEN_AFTER = timedelta(days=365)
KEPT_FOR = timedelta(days=1)

KNOWN = """
device.revoked_at IS NULL AND coalesce(device.last_seen_at, device.created_at) > %(forgotten)s
"""
FIND = f"""
SELECT id FROM device
WHERE token_digest = %(digest)s AND account_id = %(account_id)s AND {KNOWN}
"""
SEEN = "UPDATE device SET last_seen_at = %(now)s WHERE id = %(id)s"
ADD = """
INSERT INTO device (id, account_id, token_digest, created_at)
VALUES (%(id)s, %(account_id)s, %(digest)s, %(now)s)
"""
LIST = f"""
SELECT id, created_at, last_seen_at FROM device WHERE account_id = %(account_id)s AND {KNOWN}
ORDER BY created_at DESC, id DESC
"""
REVOKE = """
UPDATE device SET revoked_at = %(now)s
WHERE account_id = %(account_id)s AND revoked_at IS NULL
  AND (%(only)s::uuid IS NULL OR id = %(only)s)
  AND (%(but)s::uuid IS NULL OR id <> %(but)s)
"""
EXPIRE = """
DELETE FROM device WHERE id IN (
    SELECT id FROM device WHERE coalesce(last_seen_at, created_at) <= %(forgotten)s
    LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True)
class Device:
    id: UUID
    account_id: UUID
    token: str
    is_new: bool = False


class Seen(NamedTuple):
    """A device as its owner sees it; `last_seen_at` is None while it has logged in once."""

    id: UUID
    created_at: datetime
    last_seen_at: datetime | None


@dataclass(frozen=True)
class Devices:
    database: Database
    now: Clock

    def recognise(self, account_id: UUID, known: Device | None) -> Device:
        """The known one, if it is this account's; otherwise a new device."""
        if known is None or known.account_id != account_id:
            return self.add(account_id)
        self.database.run_with_commit(SEEN, id=known.id, now=self.now())
        return known

    def find(self, account_id: UUID, token: str | None) -> Device | None:
        if not is_token(token):
            return None
        found = self.database.fetch_one(
            FIND, digest=digest(token), account_id=account_id, forgotten=self.forgotten
        )
        return found and Device(found.id, account_id, token)

    def of(self, account_id: UUID) -> list[Seen]:
        """Newest first."""
        rows = self.database.fetch_all(LIST, account_id=account_id, forgotten=self.forgotten)
        return [Seen(*row) for row in rows]

    def add(self, account_id: UUID) -> Device:
        device = Device(new_id(), account_id, new_token(), is_new=True)
        self.database.run_with_commit(
            ADD,
            id=device.id,
            account_id=account_id,
            digest=digest(device.token),
            now=self.now(),
        )
        return device

    def revoke(self, account_id: UUID, *, only: UUID | None = None, but: UUID | None = None) -> int:
        """How many are no longer known; all of the account's unless one is named."""
        return self.database.run(REVOKE, account_id=account_id, only=only, but=but, now=self.now())

    def expire(self) -> int:
        return sweep(self.database, EXPIRE, forgotten=self.forgotten - KEPT_FOR)

    @property
    def forgotten(self) -> datetime:
        return self.now() - FORGOTTEN_AFTER


def is_token(token: str | None) -> TypeGuard[str]:
    """Whether it could be one: anything malformed or overlong is no token."""
    return token is not None and len(token) == TOKEN_CHARACTERS and token.isascii()
