"""`/v1/admin/accounts`: who has an account, and who may use it."""

from dataclasses import dataclass
from uuid import UUID

from falcon import Request, Response

from api.accounts import Account, Email
from api.operation import operation
from api.paging import Paging, page
from api.schemas import Answer, Moment, answer
from ostiary.accounts.administration import Administration
from ostiary.accounts.directory import Directory
from ostiary.errors import NotFound, OwnAccount, Unavailable
from ostiary.sessions.disabling import Disabling


class AdminAccount(Account):
    disabled_at: Moment | None
    locked_until: Moment | None
    last_login_at: Moment | None


class AdminAccountPage(Answer):
    items: list[AdminAccount]
    next_cursor: str | None


class Filter(Paging):
    email: Email | None = None


@dataclass(frozen=True)
class AdminAccountsResource:
    directory: Directory

    @operation(
        "List accounts",
        query=Filter,
        answers={200: AdminAccountPage},
        refuses=(Unavailable,),
        role="admin",
    )
    def on_get(self, req: Request, resp: Response, query: Filter) -> None:
        """The newest first; `email` finds one in any spelling, and a `+` in it is written `%2B`."""
        found = self.directory.newest(email=query.email, before=query.cursor, limit=query.limit + 1)
        answer(resp, 200, AdminAccountPage.model_validate(page(found, query.limit)))


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


@dataclass(frozen=True)
class AccountDisablingResource:
    directory: Directory
    disabling: Disabling

    @operation(
        "Disable an account",
        answers={200: AdminAccount},
        refuses=(NotFound, OwnAccount, Unavailable),
        role="admin",
    )
    def on_post(self, req: Request, resp: Response, account_id: UUID) -> None:
        """Ends its sessions at once; never the caller's own account."""
        self.disabling.disable(account_id, by=req.context.caller.account_id)
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


def show(resp: Response, directory: Directory, account_id: UUID) -> None:
    answer(resp, 200, AdminAccount.model_validate(directory.get(account_id)))
