"""`POST /v1/auth/password/forgot` and `…/reset`."""

from dataclasses import dataclass
from typing import Literal

from falcon import Request, Response

from api.accounts import ChosenPassword, Email, LetterToken
from api.http.operation import operation
from api.http.schemas import Answer, Body, answer
from ostiary.accounts.recovery import Recovery
from ostiary.errors import (
    Overloaded,
    PasswordUnacceptable,
    TokenExpired,
    TokenInvalid,
    Unavailable,
)


class Forgotten(Body):
    email: Email


class Asked(Answer):
    status: Literal["accepted"] = "accepted"


class NewPassword(Body):
    token: LetterToken
    password: ChosenPassword


class Recovered(Answer):
    device_token: str


@dataclass(frozen=True)
class ForgotResource:
    recovery: Recovery

    @operation(
        "Ask for a letter that leads to a new password",
        body=Forgotten,
        answers={202: Asked},
        refuses=(Unavailable,),
        limit="register",
    )
    def on_post(self, _req: Request, resp: Response, body: Forgotten) -> None:
        """The same answer whether or not the address is known."""
        self.recovery.forgot(body.email)
        answer(resp, 202, Asked())


@dataclass(frozen=True)
class ResetResource:
    recovery: Recovery

    @operation(
        "Choose a new password by the token of a letter",
        body=NewPassword,
        answers={200: Recovered},
        refuses=(TokenInvalid, TokenExpired, PasswordUnacceptable, Overloaded, Unavailable),
        limit="token",
    )
    def on_post(self, req: Request, resp: Response, body: NewPassword) -> None:
        """Every session and device ends, and the lock of the address; the address counts as
        verified. A refused password leaves the token usable.
        """
        client = req.context.client
        device_token = self.recovery.reset(body.token, body.password, client=client)
        answer(resp, 200, Recovered(device_token=device_token))
