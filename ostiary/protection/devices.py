"""Devices: what an account has logged in from, each known by a token of its own."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, TypeGuard
from uuid import UUID

from ostiary.errors import NotFound
from ostiary.platform.batch_delete import BATCH, sweep
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.identifiers import TOKEN_CHARACTERS, digest, new_id, new_token

MOST_PER_ACCOUNT = 50
LONGEST_USER_AGENT = 400
# A device that has not been used for a year is none. Its row stays a little longer, for a login
# that recognised it at the last moment.
FORGOTTEN_AFTER = timedelta(days=365)
KEPT_FOR = timedelta(days=1)

SEEN_AT = "coalesce(device.last_seen_at, device.created_at)"
# The release before marks a device that ends, and may serve beside this one during an upgrade.
KNOWN = f"device.revoked_at IS NULL AND {SEEN_AT} > %(forgotten)s"
FIND = f"""
SELECT id FROM device
WHERE token_digest = %(digest)s AND account_id = %(account_id)s AND {KNOWN}
"""
SEE = """
UPDATE device SET last_seen_at = %(now)s, user_agent = coalesce(%(user_agent)s, user_agent)
WHERE id = %(id)s
"""
# One statement, so that it goes along with the commit. A row that another transaction holds is
# being used or ended there: it is skipped, so that two of these never wait for each other. Arrays,
# because Postgres plans a nested IN as a loop in a loop where it has no statistics yet.
ADD = f"""
WITH ended AS (
    DELETE FROM device WHERE id = ANY (ARRAY(
        SELECT id FROM device WHERE id = ANY (ARRAY(
            SELECT id FROM device WHERE account_id = %(account_id)s AND id <> %(id)s
            ORDER BY {SEEN_AT} DESC, id DESC LIMIT {BATCH} OFFSET {MOST_PER_ACCOUNT - 1}))
        FOR UPDATE SKIP LOCKED)))
INSERT INTO device (id, account_id, token_digest, created_at, user_agent)
VALUES (%(id)s, %(account_id)s, %(digest)s, %(now)s, %(user_agent)s)
ON CONFLICT (id) DO UPDATE SET token_digest = excluded.token_digest, revoked_at = NULL,
    created_at = excluded.created_at, last_seen_at = NULL, user_agent = excluded.user_agent
"""
LIST = f"""
SELECT id, created_at, {SEEN_AT} AS last_seen_at, user_agent FROM device
WHERE account_id = %(account_id)s AND {KNOWN}
ORDER BY {SEEN_AT} DESC, id DESC LIMIT {MOST_PER_ACCOUNT}
"""
END = f"DELETE FROM device WHERE id = %(id)s AND account_id = %(account_id)s AND {KNOWN}"
END_ALL = """
DELETE FROM device WHERE account_id = %(account_id)s AND id IS DISTINCT FROM %(but)s::uuid
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


class KnownDevice(NamedTuple):
    """A device as its owner sees it; the user agent is that of its last login."""

    id: UUID
    created_at: datetime
    last_seen_at: datetime
    user_agent: str


@dataclass(frozen=True)
class Devices:
    """A device that ends is deleted; sessions that were begun on it go on."""

    database: Database
    now: Clock

    def recognise(self, account_id: UUID, known: Device | None, *, user_agent: str) -> Device:
        """The known one, if it is this account's; otherwise a new device."""
        if known is None or known.account_id != account_id:
            return self.add(account_id, user_agent)
        self.see(known.id, user_agent=user_agent)
        return known

    def find(self, account_id: UUID, token: str | None) -> Device | None:
        if not is_token(token):
            return None
        found = self.database.fetch_one(
            FIND, digest=digest(token), account_id=account_id, forgotten=self.forgotten
        )
        return found and Device(found.id, account_id, token)

    def see(self, device_id: UUID, *, user_agent: str | None = None) -> None:
        """The device was used just now; a user agent of None leaves the one from before."""
        cut = None if user_agent is None else user_agent[:LONGEST_USER_AGENT]
        self.database.run_with_commit(SEE, id=device_id, user_agent=cut, now=self.now())

    def of(self, account_id: UUID) -> list[KnownDevice]:
        """The 50 seen last at most, the last one first."""
        rows = self.database.fetch_all(LIST, account_id=account_id, forgotten=self.forgotten)
        return [KnownDevice(*row) for row in rows]

    def add(self, account_id: UUID, user_agent: str = "") -> Device:
        """A new device, for which the longest unseen one ends where the account has 50.

        Exact in a transaction that holds the account's row, as a login's does. Others at the same
        moment do not see each other's device; the next one that is added ends what is too much, a
        thousand at a time.
        """
        return self._add(new_id(), account_id, user_agent)

    def restore(self, device_id: UUID, account_id: UUID, *, user_agent: str) -> Device:
        """A new token for the device of a session that goes on, known again by its old id.

        Wrong passwords count by this id, so ending a device gives its session no further guesses.
        """
        return self._add(device_id, account_id, user_agent)

    def end(self, device_id: UUID, *, account_id: UUID) -> None:
        """Raises `NotFound` for a device that is not known, or another account's."""
        ended = self.database.run(
            END, id=device_id, account_id=account_id, forgotten=self.forgotten
        )
        if not ended:
            raise NotFound

    def end_all(self, account_id: UUID, *, but: UUID | None = None) -> int:
        """The number of devices that ended."""
        return self.database.run(END_ALL, account_id=account_id, but=but)

    def expire(self) -> int:
        return sweep(self.database, EXPIRE, forgotten=self.forgotten - KEPT_FOR)

    @property
    def forgotten(self) -> datetime:
        return self.now() - FORGOTTEN_AFTER

    def _add(self, device_id: UUID, account_id: UUID, user_agent: str) -> Device:
        device = Device(device_id, account_id, new_token(), is_new=True)
        self.database.run_with_commit(
            ADD,
            id=device.id,
            account_id=account_id,
            digest=digest(device.token),
            user_agent=user_agent[:LONGEST_USER_AGENT],
            now=self.now(),
        )
        return device


def is_token(token: str | None) -> TypeGuard[str]:
    """Whether it could be one: anything malformed or overlong is no token."""
    return token is not None and len(token) == TOKEN_CHARACTERS and token.isascii()
