"""The page behind the link of a verification letter."""

from collections.abc import Callable
from dataclasses import dataclass

from falcon import Request, Response

from api.accounts import LetterToken
from api.operation import operation
from api.pages.rendering import render_page
from api.schemas import Form
from ostiary.errors import TokenExpired, TokenInvalid, Unavailable


class Link(Form):
    token: LetterToken = ""


@dataclass(frozen=True)
class VerifyEmailPage:
    """Opening the link changes nothing, because mail scanners open links too; its form does."""

    verify: Callable[..., object]

    @operation("Show the verification page", query=Link, answers={200: None}, page=True)
    def on_get(self, _req: Request, resp: Response, query: Link) -> None:
        render_page(resp, "Verify your address", "verify_email.html", token=query.token)

    @operation(
        "Verify an address from the page",
        form=Link,
        answers={200: None},
        refuses=(TokenInvalid, TokenExpired, Unavailable),
        page=True,
        limit="token",
    )
    def on_post(self, _req: Request, resp: Response, form: Link) -> None:
        self.verify(form.token)
        render_page(resp, "Your address is verified", "verified.html")
