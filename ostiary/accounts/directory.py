"""The directory: accounts as an administrator sees them, the newest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ostiary.accounts.addresses import key_of
from ostiary.errors import NotFound
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.protection.locks import IS_ACTIVE

# Of the locks on an address and its devices, the one that ends last counts.
ENTRIES = f"""
SELECT id, email, display_name, email_verified_at IS NOT NULL AS email_verified, roles, created_at,
    disabled_at, (SELECT max(locked_until) FROM lockout
        WHERE lockout.email = account.email_key AND {IS_ACTIVE}) AS locked_until, last_login_at
FROM account
"""
LIST = f"""
{ENTRIES}
WHERE (%(email_key)s::text IS NULL OR email_key = %(email_key)s)
  AND (%(before)s::uuid IS NULL OR id < %(before)s)
ORDER BY id DESC LIMIT %(limit)s
"""
GET = f"{ENTRIES} WHERE id = %(id)s"


class Entry(NamedTuple):
    id: UUID
    email: str
    display_name: str | None
    email_verified: bool
    roles: list[str]
    created_at: datetime
    disabled_at: datetime | None
    locked_until: datetime | None
    last_login_at: datetime | None


@dataclass(frozen=True)
class Directory:
    database: Database
    now: Clock

    def newest(
        self, *, limit: int, email: str | None = None, before: UUID | None = None
    ) -> list[Entry]:
        """All, or the one of an address in any spelling; older than the one named."""
        email_key = None if email is None else key_of(email)
        rows = self.database.fetch_all(
            LIST, email_key=email_key, before=before, limit=limit, now=self.now()
        )
        return [Entry(*row) for row in rows]

    def find(self, email: str) -> Entry | None:
        return next(iter(self.newest(email=email, limit=1)), None)

    def get(self, account_id: UUID) -> Entry:
        """Raises `NotFound`."""
        row = self.database.fetch_one(GET, id=account_id, now=self.now())
        if row is None:
            raise NotFound
        return Entry(*row)
