"""The page behind the link of a lockout letter."""

from dataclasses import dataclass

from falcon import Request, Response

from api.http.operation import operation
from api.pages.rendering import render_page
from api.pages.verify_email import Link
from ostiary.accounts.unlocking import Unlocking
from ostiary.errors import TokenExpired, TokenInvalid, Unavailable


@dataclass(frozen=True)
class UnlockPage:
    """Opening the link changes nothing; its form does."""

    unlocking: Unlocking

    @operation("Show the unlock page", query=Link, answers={200: None}, page=True)
    def on_get(self, _req: Request, resp: Response, query: Link) -> None:
        render_page(resp, "Log in while your account is locked", "unlock.html", token=query.token)

    @operation(
        "Let the owner in from the page",
        form=Link,
        answers={200: None},
        refuses=(TokenInvalid, TokenExpired, Unavailable),
        page=True,
        limit="token",
    )
    def on_post(self, _req: Request, resp: Response, form: Link) -> None:
        device_token = self.unlocking.unlock(form.token)
        render_page(resp, "You can log in", "unlocked.html", device_token=device_token)
