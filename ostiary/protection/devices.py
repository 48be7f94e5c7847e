"""Devices: what an account has logged in from, each known by a token of its own."""

from dataclasses import dataclass
from uuid import UUID

from ostiary.platform.chance import TOKEN_CHARACTERS, digest, new_id, new_token
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.protection.models import Device as DeviceRow

FIND = """
SELECT id FROM device
WHERE token_digest = %(digest)s AND account_id = %(account_id)s AND revoked_at IS NULL
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
        return self.find(account_id, token) or self._add(account_id)

    def find(self, account_id: UUID, token: str | None) -> Device | None:
        if token is None or len(token) != TOKEN_CHARACTERS or not token.isascii():
            return None
        found = self.database.fetch_one(FIND, digest=digest(token), account_id=account_id)
        return found and Device(found.id, token)

    def _add(self, account_id: UUID) -> Device:
        device = Device(new_id(), new_token())
        DeviceRow.insert(
            id=device.id,
            account_id=account_id,
            token_digest=digest(device.token),
            created_at=self.now(),
        ).execute()
        return device
