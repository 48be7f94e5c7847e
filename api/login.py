"""`POST /v1/auth/login`."""

from dataclasses import dataclass

from falcon import Request, Response

from api.accounts import Email, Password
from api.http.operation import operation
from api.http.schemas import Body, answer
from api.tokens import DEVICE_TOKEN, Tokens, device_token_of
from ostiary.errors import (
    AccountDisabled,
    EmailNotVerified,
    InvalidCredentials,
    LoginLocked,
    Overloaded,
    Unavailable,
)
from ostiary.sessions.login import Login
from ostiary.sessions.sessions import Client


class Credentials(Body):
    email: Email
    password: Password


@dataclass(frozen=True)
class LoginResource:
    login: Login

    @operation(
        "Log in",
        body=Credentials,
        headers=DEVICE_TOKEN,
        answers={200: Tokens},
        refuses=(
            InvalidCredentials,
            EmailNotVerified,
            AccountDisabled,
            LoginLocked,
            Overloaded,
            Unavailable,
        ),
        limit="login",
    )
    def on_post(self, req: Request, resp: Response, body: Credentials) -> None:
        tokens = self.login.log_in(
            body.email,
            body.password,
            client=Client(req.context.client, req.user_agent or ""),
            device_token=device_token_of(req),
        )
        answer(resp, 200, Tokens.of(tokens))
