"""The directory: accounts as an administrator sees them, the newest first."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ostiary.errors import NotFound
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.emails import email_key
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
# Each half is read by its own index, or backwards by id where very many begin so.
SEARCH = f"""
{ENTRIES}
WHERE id IN (
    (SELECT id FROM account WHERE lower(email) LIKE lower(%(beginning)s)
       AND (%(before)s::uuid IS NULL OR id < %(before)s)
     ORDER BY id DESC LIMIT %(limit)s)
    UNION
    (SELECT id FROM account WHERE lower(display_name) LIKE lower(%(beginning)s)
       AND (%(before)s::uuid IS NULL OR id < %(before)s)
     ORDER BY id DESC LIMIT %(limit)s))
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
        """All, or the one of an email in any spelling; older than the one named."""
        key = None if email is None else email_key(email)
        rows = self.database.fetch_all(
            LIST, email_key=key, before=before, limit=limit, now=self.now()
        )
        return [Entry(*row) for row in rows]

    def search(self, text: str, *, limit: int, before: UUID | None = None) -> list[Entry]:
        """Those whose email or name begins so, whatever the case; older than the one named."""
        rows = self.database.fetch_all(
            SEARCH,
            beginning=_beginning_with(text),
            before=before,
            limit=limit,
            now=self.now(),
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


def _beginning_with(text: str) -> str:
    r"""The pattern of `LIKE`, in which `\`, `%` and `_` stand for themselves."""
    return re.sub(r"([\\%_])", r"\\\1", text.strip()) + "%"
