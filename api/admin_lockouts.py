"""`/v1/admin/lockouts`: who is locked, and who was."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from falcon import Request, Response

from api.http.operation import operation
from api.http.paging import Paging, page
from api.http.schemas import Answer, Moment, answer
from ostiary.errors import NotFound, Unavailable
from ostiary.protection.lockouts import Lockouts
from ostiary.protection.locks import Locks


class Lockout(Answer):
    id: UUID
    account_id: UUID | None
    email: str
    failures: int
    locked_at: Moment
    locked_until: Moment
    released_at: Moment | None
    released_by: Literal["expiry", "admin", "reset"] | None


class LockoutPage(Answer):
    items: list[Lockout]
    next_cursor: str | None


class Filter(Paging):
    active: bool | None = None


@dataclass(frozen=True)
class AdminLockoutsResource:
    locks: Locks

    @operation(
        "List lockouts",
        query=Filter,
        answers={200: LockoutPage},
        refuses=(Unavailable,),
        role="admin",
    )
    def on_get(self, req: Request, resp: Response, query: Filter) -> None:
        """The newest first; `account_id` is null for an address that has no account."""
        found = self.locks.newest(active=query.active, before=query.cursor, limit=query.limit + 1)
        answer(resp, 200, LockoutPage.model_validate(page(found, query.limit)))


@dataclass(frozen=True)
class AdminLockoutResource:
    lockouts: Lockouts

    @operation(
        "Release a lockout", answers={204: None}, refuses=(NotFound, Unavailable), role="admin"
    )
    def on_delete(self, req: Request, resp: Response, lockout_id: UUID) -> None:
        """At once; one that is over stays as it was."""
        self.lockouts.release_one(lockout_id)
        answer(resp, 204)
