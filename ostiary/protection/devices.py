"""Devices: what an account has logged in from, each known by a token of its own."""

from dataclasses import dataclass
from typing import TypeGuard
from uuid import UUID

from ostiary.platform.chance import TOKEN_CHARACTERS, digest, new_id, new_token
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.protection.models import Device as DeviceRow

FIND = """
SELECT id FROM device
WHERE token_digest = %(digest)s AND account_id = %(account_id)s AND revoked_at IS NULL
"""
SEEN = "UPDATE device SET last_seen_at = %(now)s WHERE id = %(id)s"
REVOKE = """
UPDATE device SET revoked_at = %(now)s WHERE account_id = %(account_id)s AND revoked_at IS NULL
"""


@dataclass(frozen=True)
class Device:
    id: UUID
    token: str


@dataclass(frozen=True)
class Devices:
    database: Database
    now: Clock

    def recognise(self, account_id: UUID, token: str | None) -> Device:
        """The account's device of this token; anything else is no token, and gets a new device."""
        device = self.find(account_id, token)
        if device is None:
            return self.add(account_id)
        self.database.run(SEEN, id=device.id, now=self.now())
        return device

    def find(self, account_id: UUID, token: str | None) -> Device | None:
        if not is_token(token):
            return None
        found = self.database.fetch_one(FIND, digest=digest(token), account_id=account_id)
        return found and Device(found.id, token)

    def revoke_all(self, account_id: UUID) -> int:
        return self.database.run(REVOKE, account_id=account_id, now=self.now())

    def add(self, account_id: UUID) -> Device:
        device = Device(new_id(), new_token())
        DeviceRow.insert(
            id=device.id,
            account_id=account_id,
            token_digest=digest(device.token),
            created_at=self.now(),
        ).execute()
        return device


def is_token(token: str | None) -> TypeGuard[str]:
    """Whether it could be one: anything malformed or overlong is no token."""
    return token is not None and len(token) == TOKEN_CHARACTERS and token.isascii()
