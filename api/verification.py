"""`POST /v1/auth/verify-email` and `…/resend`."""

from dataclasses import dataclass
from typing import Literal

from falcon import Request, Response

from api.accounts import Email, LetterToken
from api.operation import operation
from api.schemas import Answer, Body, answer
from ostiary.accounts.verification import Verification
from ostiary.errors import TokenExpired, TokenInvalid, Unavailable


class Proof(Body):
    token: LetterToken


class Verified(Answer):
    status: Literal["verified"] = "verified"


class Address(Body):
    email: Email


class Resent(Answer):
    status: Literal["accepted"] = "accepted"


@dataclass(frozen=True)
class VerificationResource:
    verification: Verification

    @operation(
        "Verify an address",
        body=Proof,
        answers={200: Verified},
        refuses=(TokenInvalid, TokenExpired, Unavailable),
        limit="token",
    )
    def on_post(self, _req: Request, resp: Response, body: Proof) -> None:
        """May be repeated with the same token."""
        self.verification.confirm(body.token)
        answer(resp, 200, Verified())


@dataclass(frozen=True)
class ResendResource:
    verification: Verification

    @operation(
        "Send the verification letter again",
        body=Address,
        answers={202: Resent},
        refuses=(Unavailable,),
        limit="register",
    )
    def on_post(self, _req: Request, resp: Response, body: Address) -> None:
        """The same answer whether or not there is anything to verify."""
        self.verification.resend(body.email)
        answer(resp, 202, Resent())
