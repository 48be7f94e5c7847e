"""`/v1/admin/accounts`: accounts as administrators see them, and what they can do to one."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from falcon import Request, Response
from pydantic import Field

from api.accounts import Account, DisplayName, Email, Locale, Role
from api.http.operation import operation
from api.http.paging import Paging, page
from api.http.schemas import Answer, Body, Moment, answer
from ostiary.accounts.administration import Administration
from ostiary.accounts.directory import Directory
from ostiary.accounts.invitations import Invitations
from ostiary.errors import (
    EmailTaken,
    EmailUnacceptable,
    NotFound,
    OwnAccount,
    Unavailable,
)

MOST_ROLES = 20


class AdminAccount(Account):
    disabled_at: Moment | None
    locked_until: Moment | None
    last_login_at: Moment | None


class AdminAccountPage(Answer):
    items: list[AdminAccount]
    next_cursor: str | None


class AccountFilter(Paging):
    email: Email | None = None
    search: Annotated[str, Field(min_length=1, max_length=100)] | None = None


class Invitation(Body):
    email: Email
    roles: Annotated[tuple[Role, ...], Field(max_length=MOST_ROLES, strict=False)] = ()
    display_name: DisplayName | None = None
    locale: Locale | None = None


@dataclass(frozen=True)
class AdminAccountsResource:
    directory: Directory
    invitations: Invitations

    @operation(
        "List accounts",
        query=AccountFilter,
        answers={200: AdminAccountPage},
        refuses=(Unavailable,),
        role="admin",
    )
    def on_get(self, req: Request, resp: Response, query: AccountFilter) -> None:
        """The newest first. `email` finds one in any spelling; `search`, which wins over it, those
        whose address or name begins so. A `+` in either is written `%2B`.
        """
        if query.search is None:
            found = self.directory.newest(
                email=query.email, before=query.cursor, limit=query.limit + 1
            )
        else:
            found = self.directory.search(query.search, before=query.cursor, limit=query.limit + 1)
        answer(resp, 200, AdminAccountPage.model_validate(page(found, query.limit)))

    @operation(
        "Invite somebody",
        body=Invitation,
        answers={201: AdminAccount},
        refuses=(EmailUnacceptable, EmailTaken, Unavailable),
        role="admin",
    )
    def on_post(self, _req: Request, resp: Response, body: Invitation) -> None:
        """Opens an account without a password; a letter lets its owner choose one."""
        account_id = self.invitations.invite(
            body.email, roles=body.roles, display_name=body.display_name, locale=body.locale
        )
        show(resp, self.directory, account_id, status=201)


@dataclass(frozen=True)
class AdminAccountResource:
    directory: Directory
    administration: Administration

    @operation(
        "Show an account",
        answers={200: AdminAccount},
        refuses=(NotFound, Unavailable),
        role="admin",
    )
    def on_get(self, req: Request, resp: Response, account_id: UUID) -> None:
        """`locked_until` is when the last lock of its address and its devices ends."""
        show(resp, self.directory, account_id)

    @operation(
        "Delete an account",
        answers={204: None},
        refuses=(NotFound, OwnAccount, Unavailable),
        role="admin",
    )
    def on_delete(self, req: Request, resp: Response, account_id: UUID) -> None:
        """With everything that belongs to it; never the caller's own."""
        self.administration.delete(account_id, by=req.context.caller.account_id)
        answer(resp, 204)


def show(resp: Response, directory: Directory, account_id: UUID, *, status: int = 200) -> None:
    answer(resp, status, AdminAccount.model_validate(directory.get(account_id)))
