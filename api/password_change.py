"""`POST /v1/auth/password/change`."""

from dataclasses import dataclass

from falcon import Request, Response

from api.accounts import ChosenPassword, Password
from api.operation import operation
from api.schemas import Body, answer
from ostiary.errors import (
    LoginLocked,
    Overloaded,
    PasswordUnacceptable,
    Unavailable,
    WrongPassword,
)
from ostiary.sessions.password_change import PasswordChange


class OtherPassword(Body):
    current_password: Password
    new_password: ChosenPassword


@dataclass(frozen=True)
class PasswordChangeResource:
    password_change: PasswordChange

    @operation(
        "Change the password",
        body=OtherPassword,
        answers={204: None},
        refuses=(WrongPassword, PasswordUnacceptable, LoginLocked, Overloaded, Unavailable),
        limit="login",
        bearer=True,
    )
    def on_post(self, req: Request, resp: Response, body: OtherPassword) -> None:
        """Every other session and device ends."""
        self.password_change.change(
            req.context.caller,
            current_password=body.current_password,
            new_password=body.new_password,
            client=req.context.client,
        )
        answer(resp, 204)
