"""`/v1/admin/accounts/{id}/…`: what administrators can do to one account."""

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from falcon import Request, Response
from pydantic import Field

from api.accounts import Role
from api.admin_accounts import MOST_ROLES, AdminAccount, show
from api.http.operation import operation
from api.http.schemas import Answer, Body, answer
from ostiary.accounts.administration import Administration
from ostiary.accounts.directory import Directory
from ostiary.accounts.roles import Roles
from ostiary.errors import AccountDisabled, LastAdministrator, NotFound, OwnAccount, Unavailable
from ostiary.sessions.sessions import Sessions


class NewRoles(Body):
    roles: Annotated[tuple[Role, ...], Field(max_length=MOST_ROLES, strict=False)]


class ResetRequested(Answer):
    status: Literal["accepted"] = "accepted"


@dataclass(frozen=True)
class AccountDisablingResource:
    directory: Directory
    administration: Administration

    @operation(
        "Disable an account",
        answers={200: AdminAccount},
        refuses=(NotFound, OwnAccount, Unavailable),
        role="admin",
    )
    def on_post(self, req: Request, resp: Response, account_id: UUID) -> None:
        """Ends its sessions at once; never the caller's own account."""
        self.administration.disable(account_id, by=req.context.caller.account_id)
        show(resp, self.directory, account_id)


@dataclass(frozen=True)
class AccountEnablingResource:
    directory: Directory
    administration: Administration

    @operation(
        "Enable an account",
        answers={200: AdminAccount},
        refuses=(NotFound, Unavailable),
        role="admin",
    )
    def on_post(self, req: Request, resp: Response, account_id: UUID) -> None:
        """Its owner may log in again; no session comes back."""
        self.administration.enable(account_id)
        show(resp, self.directory, account_id)


@dataclass(frozen=True)
class AccountUnlockingResource:
    directory: Directory
    administration: Administration

    @operation(
        "Unlock an account",
        answers={200: AdminAccount},
        refuses=(NotFound, Unavailable),
        role="admin",
    )
    def on_post(self, req: Request, resp: Response, account_id: UUID) -> None:
        """Releases every lock of its address and its devices."""
        self.administration.unlock(account_id)
        show(resp, self.directory, account_id)


@dataclass(frozen=True)
class AccountRolesResource:
    directory: Directory
    roles: Roles

    @operation(
        "Set the roles of an account",
        body=NewRoles,
        answers={200: AdminAccount},
        refuses=(NotFound, OwnAccount, LastAdministrator, Unavailable),
        role="admin",
    )
    def on_put(self, req: Request, resp: Response, account_id: UUID, body: NewRoles) -> None:
        """The account has these roles and no others. Never the caller's own account, and the last
        one with the role `admin` keeps it.
        """
        self.roles.replace(account_id, body.roles, by=req.context.caller.account_id)
        show(resp, self.directory, account_id)


@dataclass(frozen=True)
class AccountPasswordResetResource:
    administration: Administration

    @operation(
        "Send a reset letter",
        answers={202: ResetRequested},
        refuses=(NotFound, AccountDisabled, Unavailable),
        role="admin",
    )
    def on_post(self, _req: Request, resp: Response, account_id: UUID) -> None:
        """A letter lets the owner of the account choose a new password; nothing changes before."""
        self.administration.request_password_reset(account_id)
        answer(resp, 202, ResetRequested())


@dataclass(frozen=True)
class AccountSessionsResource:
    sessions: Sessions

    @operation(
        "End every session of an account",
        answers={204: None},
        refuses=(NotFound, Unavailable),
        role="admin",
    )
    def on_delete(self, _req: Request, resp: Response, account_id: UUID) -> None:
        """At once; its owner may log in again."""
        self.sessions.end_all(account_id)
        answer(resp, 204)
