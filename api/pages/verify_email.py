"""The page behind the link of a verification letter."""

from dataclasses import dataclass

from falcon import Request, Response
from pydantic import Field

from api.accounts import LetterToken
from api.http.operation import operation
from api.http.schemas import Form
from api.pages.rendering import render_page
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


class Link(Form):
    token: LetterToken = ""


class VerifyEmailForm(Link):
    password: str = Field(default="", examples=["correct horse battery"])


@dataclass(frozen=True)
class VerifyEmailPage:
    """Opening the link changes nothing, because mail scanners open links too; its form asks for the
    password, so that no scanner can confirm what a stranger registered.
    """

    login: Login

    @operation("Show the verification page", query=Link, answers={200: None}, page=True)
    def on_get(self, _req: Request, resp: Response, query: Link) -> None:
        self._show_form(resp, query.token)

    @operation(
        "Verify an address from the page",
        form=VerifyEmailForm,
        answers={200: None},
        refuses=(
            InvalidCredentials,
            TokenInvalid,
            TokenExpired,
            AccountDisabled,
            LoginLocked,
            Overloaded,
            Unavailable,
        ),
        page=True,
        limit="token",
    )
    def on_post(self, req: Request, resp: Response, form: VerifyEmailForm) -> None:
        try:
            tokens = self.login.log_in_by_letter(
                form.token,
                form.password,
                client=Client(req.context.client, req.user_agent or ""),
                device_token=None,
            )
        except InvalidCredentials:
            self._show_form(resp, form.token, is_wrong=True, status=401)
        else:
            render_page(
                resp,
                "Your address is verified",
                "verified.html",
                token=form.token,
                device_token=tokens.device_token,
            )

    def _show_form(
        self, resp: Response, token: str, *, is_wrong: bool = False, status: int = 200
    ) -> None:
        render_page(
            resp,
            "Verify your address",
            "verify_email.html",
            status=status,
            token=token,
            is_wrong=is_wrong,
        )
