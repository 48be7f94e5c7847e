"""`/v1/auth/me`: the account of the caller."""

from dataclasses import dataclass

from falcon import Request, Response

from api.accounts import Account, DisplayName, Password
from api.http.operation import operation
from api.http.schemas import Body, answer
from ostiary.accounts.profiles import Profiles
from ostiary.errors import LoginLocked, Overloaded, Unavailable, WrongPassword


class Changes(Body):
    display_name: DisplayName | None


class Farewell(Body):
    password: Password


@dataclass(frozen=True)
class MeResource:
    profiles: Profiles

    @operation("Read the account", answers={200: Account}, refuses=(Unavailable,), bearer=True)
    def on_get(self, req: Request, resp: Response) -> None:
        answer(resp, 200, Account.model_validate(req.context.caller.profile))

    @operation(
        "Change the account",
        body=Changes,
        answers={200: Account},
        refuses=(Unavailable,),
        bearer=True,
    )
    def on_patch(self, req: Request, resp: Response, body: Changes) -> None:
        """`null` clears the display name."""
        profile = self.profiles.rename(req.context.caller.account_id, body.display_name)
        answer(resp, 200, Account.model_validate(profile))

    @operation(
        "Delete the account",
        body=Farewell,
        answers={204: None},
        refuses=(WrongPassword, LoginLocked, Overloaded, Unavailable),
        limit="login",
        bearer=True,
    )
    def on_delete(self, req: Request, resp: Response, body: Farewell) -> None:
        caller = req.context.caller
        knock = caller.knock(req.context.client)
        self.profiles.delete(caller.account_id, password=body.password, knock=knock)
        answer(resp, 204)
