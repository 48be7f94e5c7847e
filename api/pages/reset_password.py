"""The page behind the link of a letter for whoever forgot their password."""

from dataclasses import dataclass

from falcon import Request, Response
from pydantic import Field

from api.http.operation import operation
from api.pages.rendering import render_page
from api.pages.verify_email import Link
from ostiary.accounts.recovery import Recovery
from ostiary.errors import (
    Overloaded,
    PasswordUnacceptable,
    TokenExpired,
    TokenInvalid,
    Unavailable,
)

TITLE = "Choose a new password"


class NewPasswordForm(Link):
    password: str = Field(default="", examples=["correct horse battery"])


@dataclass(frozen=True)
class ResetPasswordPage:
    """Opening the link changes nothing; its form does, and may be sent again when refused."""

    recovery: Recovery

    @operation("Show the page for a new password", query=Link, answers={200: None}, page=True)
    def on_get(self, _req: Request, resp: Response, query: Link) -> None:
        self._show_form(resp, query.token)

    @operation(
        "Choose a new password from the page",
        form=NewPasswordForm,
        answers={200: None},
        refuses=(TokenInvalid, TokenExpired, PasswordUnacceptable, Overloaded, Unavailable),
        page=True,
        limit="token",
    )
    def on_post(self, req: Request, resp: Response, form: NewPasswordForm) -> None:
        client = req.context.client
        try:
            device_token = self.recovery.reset(form.token, form.password, client=client)
        except PasswordUnacceptable as refusal:
            self._show_form(resp, form.token, reason=refusal.detail, status=422)
        else:
            render_page(
                resp, "Your password is changed", "password_reset.html", device_token=device_token
            )

    def _show_form(
        self, resp: Response, token: str, *, reason: str | None = None, status: int = 200
    ) -> None:
        shortest = self.recovery.policy.shortest
        render_page(
            resp,
            TITLE,
            "reset_password.html",
            status=status,
            token=token,
            reason=reason,
            shortest=shortest,
        )
