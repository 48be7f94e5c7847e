"""`POST /v1/auth/verify-email` and `…/resend`."""

from dataclasses import dataclass
from typing import Literal

from falcon import Request, Response

from api.accounts import Email, LetterToken, Password
from api.http.operation import operation
from api.http.schemas import Answer, Body, answer
from api.tokens import DEVICE_TOKEN, Tokens, device_token_of
from ostiary.accounts.verification_letters import VerificationLetters
from ostiary.errors import (
    AccountDisabled,
    InvalidCredentials,
    LoginLocked,
    Overloaded,
    TokenExpired,
    TokenInvalid,
    Unavailable,
)
from ostiary.sessions.login import Login
from ostiary.sessions.sessions import Client


class VerifyEmail(Body):
    token: LetterToken
    password: Password


class Address(Body):
    email: Email


class Resent(Answer):
    status: Literal["accepted"] = "accepted"


@dataclass(frozen=True)
class VerificationResource:
    login: Login

    @operation(
        "Verify an address and log in",
        body=VerifyEmail,
        headers=DEVICE_TOKEN,
        answers={200: Tokens},
        refuses=(
            InvalidCredentials,
            TokenInvalid,
            TokenExpired,
            AccountDisabled,
            LoginLocked,
            Overloaded,
            Unavailable,
        ),
        limit="token",
    )
    def on_post(self, req: Request, resp: Response, body: VerifyEmail) -> None:
        """`password` is that of any pending registration of the address, or of its account: the
        letter proves the mailbox, and the password picks the registration. Any unexpired letter of
        the address does, copies too. Without such a password, the token is good for
        `POST /v1/auth/password/reset`, once.
        """
        tokens = self.login.log_in_by_letter(
            body.token,
            body.password,
            client=Client(req.context.client, req.user_agent or ""),
            device_token=device_token_of(req),
        )
        answer(resp, 200, Tokens.of(tokens))


@dataclass(frozen=True)
class ResendResource:
    letters: VerificationLetters

    @operation(
        "Send the verification letter again",
        body=Address,
        answers={202: Resent},
        refuses=(Unavailable,),
        limit="register",
    )
    def on_post(self, _req: Request, resp: Response, body: Address) -> None:
        """The same answer whether or not there is anything to verify."""
        self.letters.resend(body.email)
        answer(resp, 202, Resent())
