"""`POST /v1/auth/register`."""

from dataclasses import dataclass
from typing import Literal

from falcon import Request, Response

from api.accounts import Account, ChosenPassword, DisplayName, Email, Locale
from api.http.operation import operation
from api.http.schemas import Answer, Body, answer
from ostiary.accounts.registration import Registration
from ostiary.errors import (
    EmailTaken,
    EmailUnacceptable,
    Overloaded,
    PasswordUnacceptable,
    Unavailable,
)


class NewAccount(Body):
    email: Email
    password: ChosenPassword
    display_name: DisplayName | None = None
    locale: Locale | None = None


class Registered(Answer):
    status: Literal["verification_pending"] = "verification_pending"


@dataclass(frozen=True)
class RegistrationResource:
    registration: Registration

    @operation(
        "Register an address",
        body=NewAccount,
        answers={202: Registered, 201: Account},
        refuses=(EmailUnacceptable, PasswordUnacceptable, EmailTaken, Overloaded, Unavailable),
        limit="register",
    )
    def on_post(self, req: Request, resp: Response, body: NewAccount) -> None:
        """202 for a new and a known address alike; 201 and `email_taken` only where accounts open
        without proof of the address.
        """
        opened = self.registration.register(
            body.email,
            body.password,
            client=req.context.client,
            display_name=body.display_name,
            locale=body.locale,
        )
        if opened is None:
            answer(resp, 202, Registered())
        else:
            answer(resp, 201, Account.model_validate(opened))
