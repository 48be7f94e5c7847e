"""A small API on the real middleware, for rules that hold on every route."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

from falcon import Request, Response
from falcon.testing import TestClient

from api.factory import create_app
from api.http.bearer import Caller
from api.http.operation import operation
from api.http.schemas import Answer, Body, Moment, Query, answer
from api.pages.verify_email import VerifyEmailPage
from ostiary.errors import InvalidCredentials, Refusal, TokenInvalid, Unauthenticated
from ostiary.platform.identifiers import new_id
from ostiary.platform.settings import Settings, read_settings
from tests.route_table import Watched

ENVIRONMENT = {
    "DATABASE_URL": "postgresql://ostiary@127.0.0.1/ostiary",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "SECRET_KEYS": "a-secret-of-more-than-thirty-two-characters",
    "PUBLIC_URL": "https://id.example.com",
}


class Name(Body):
    name: str
    nickname: str | None = None


class Greeting(Answer):
    text: str
    at: Moment


class Page(Query):
    limit: int = 50


class Greetings:
    @operation("Greet", body=Name, answers={200: Greeting}, refuses=(InvalidCredentials,))
    def on_post(self, _req: Request, resp: Response, body: Name) -> None:
        """Greets by name,
        politely.
        """
        answer(resp, 200, Greeting(text=f"Hello {body.name}", at=datetime.now(UTC)))

    @operation("List greetings", query=Page, answers={204: None})
    def on_get(self, _req: Request, resp: Response, query: Page) -> None:
        answer(resp, 204)


class Greeted:
    @operation("Look at one", answers={204: None})
    def on_get(self, _req: Request, resp: Response, id: UUID) -> None:
        answer(resp, 204)


class Me:
    @operation("Who am I", bearer=True, answers={204: None})
    def on_get(self, req: Request, resp: Response) -> None:
        assert req.context.caller.roles == ("user",)
        answer(resp, 204)


class Everybody:
    @operation("Who is there", role="admin", answers={204: None})
    def on_get(self, _req: Request, resp: Response) -> None:
        answer(resp, 204)


class Client:
    def on_get(self, req: Request, resp: Response) -> None:
        resp.text = req.context.client


@dataclass(frozen=True)
class Failing:
    error: Exception

    def on_get(self, _req: Request, _resp: Response) -> None:
        raise self.error


def authenticate(token: str) -> Caller:
    if token != "right":
        raise Unauthenticated
    return SimpleNamespace(account_id=new_id(), session_id=new_id(), roles=("user",))


class LetterLogin:
    """Knows one token of a letter, and no password."""

    def log_in_by_letter(self, token: str, _password: str, **_: object) -> SimpleNamespace:
        if token != "right":
            raise TokenInvalid
        return SimpleNamespace(device_token="a device token")


ROUTES: Sequence[tuple[str, object]] = (
    ("/v1/greetings", Greetings()),
    ("/v1/greetings/{id:uuid}", Greeted()),
    ("/v1/me", Me()),
    ("/v1/admin/everybody", Everybody()),
    ("/client", Client()),
    ("/verify-email", VerifyEmailPage(cast(Any, LetterLogin()))),
)


def toy_settings(**environ: str) -> Settings:
    return read_settings(ENVIRONMENT | environ)


def toy_api(*, failing: Exception | None = None, **environ: str) -> TestClient:
    """A client of the toy API; `GET /failing` raises what it is given."""
    broken = [("/failing", Failing(failing))] if failing else []
    routes = [*ROUTES, *broken]
    settings = toy_settings(**environ)
    app = create_app(routes, settings=settings, authenticate=authenticate)
    # Its other routes are its own.
    return TestClient(Watched(app, ("/docs", "/assets", "/openapi.json")))


def refused_with(refusal: Refusal) -> TestClient:
    return toy_api(failing=refusal)
