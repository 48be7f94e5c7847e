"""`POST /v1/auth/password/change`."""

from dataclasses import dataclass

from falcon import Request, Response

from api.accounts import ChosenPassword, Password
from api.http.operation import operation
from api.http.schemas import Body, answer
from api.tokens import DEVICE_TOKEN, Tokens, device_token_of
from ostiary.errors import (
    LoginLocked,
    Overloaded,
    PasswordUnacceptable,
    Unavailable,
    WrongPassword,
)
from ostiary.sessions.password_change import PasswordChange
from ostiary.sessions.sessions import Client


class OtherPassword(Body):
    current_password: Password
    new_password: ChosenPassword


@dataclass(frozen=True)
class PasswordChangeResource:
    password_change: PasswordChange

    @operation(
        "Change the password",
        body=OtherPassword,
        headers=DEVICE_TOKEN,
        answers={200: Tokens},
        refuses=(WrongPassword, PasswordUnacceptable, LoginLocked, Overloaded, Unavailable),
        limit="login",
        bearer=True,
    )
    def on_post(self, req: Request, resp: Response, body: OtherPassword) -> None:
        """New tokens of the same session, whose old ones are void; every other session and device
        ends.
        """
        tokens = self.password_change.change(
            req.context.caller,
            current_password=body.current_password,
            new_password=body.new_password,
            client=Client(req.context.client, req.user_agent or ""),
            device_token=device_token_of(req),
        )
        answer(resp, 200, Tokens.of(tokens))
