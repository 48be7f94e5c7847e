"""Roles: words that access tokens carry; the role `admin` opens the routes of administration."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from ostiary.courier.outbox import Outbox
from ostiary.errors import LastAdministrator, NotFound, OwnAccount
from ostiary.events import RolesChanged
from ostiary.platform.database import Database, Row

ADMIN = "admin"
ROLE_PATTERN = r"^[a-z][a-z0-9_-]{0,31}$"

# One at a time, so that two administrators cannot take the role from each other.
LOCK_ROLES = "SELECT pg_advisory_xact_lock(hashtext('roles'))"
FIND = "SELECT id, roles FROM account WHERE id = %(id)s FOR UPDATE"
OTHER_ADMINISTRATOR = """
SELECT id FROM account
WHERE 'admin' = ANY (roles) AND disabled_at IS NULL AND id <> %(id)s LIMIT 1
"""
SET = "UPDATE account SET roles = %(roles)s WHERE id = %(id)s"


@dataclass(frozen=True)
class Roles:
    database: Database
    outbox: Outbox

    def replace(self, account_id: UUID, roles: Collection[str], *, by: UUID | None) -> None:
        """The account has these roles and no others; `by` is None for the command line.

        Raises `NotFound`, `OwnAccount`, and `LastAdministrator` where nobody would be left to
        administer.
        """
        if account_id == by:
            raise OwnAccount
        with self.database.atomic():
            self._set(self._lock(account_id), set(roles))

    def grant(self, account_id: UUID, role: str) -> None:
        """May be repeated; raises `NotFound`."""
        with self.database.atomic():
            found = self._lock(account_id)
            self._set(found, {*found.roles, role})

    def revoke(self, account_id: UUID, role: str) -> None:
        """May be repeated; raises `NotFound` and `LastAdministrator`."""
        with self.database.atomic():
            found = self._lock(account_id)
            self._set(found, {*found.roles} - {role})

    def _lock(self, account_id: UUID) -> Row:
        self.database.run(LOCK_ROLES)
        found = self.database.fetch_one(FIND, id=account_id)
        if found is None:
            raise NotFound
        return found

    def _set(self, found: Row, roles: set[str]) -> None:
        if roles == {*found.roles}:
            return
        if ADMIN in found.roles and ADMIN not in roles:
            self._ensure_another(found.id)
        self.database.run(SET, id=found.id, roles=sorted(roles))
        self.outbox.record(RolesChanged(account_id=found.id, roles=tuple(sorted(roles))))

    def _ensure_another(self, account_id: UUID) -> None:
        if not self.database.fetch_one(OTHER_ADMINISTRATOR, id=account_id):
            raise LastAdministrator
