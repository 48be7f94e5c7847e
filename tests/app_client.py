"""The front door for tests: real services behind real routes, a held clock, real letters."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from falcon import testing

from api.app import open_app
from ostiary.platform.emails import ascii_domain
from ostiary.platform.settings import read_settings
from ostiary.services import Services, open_services
from tests.route_table import Watched
from workshop.mailbox import Letter, Mailbox

UNLIMITED = {
    f"RATE_LIMIT_{policy}": "off" for policy in ("LOGIN", "REGISTER", "REFRESH", "TOKEN", "MAIL")
}
PASSWORD = "correct horse battery"


@dataclass
class HeldClock:
    """Stands still until it is told to go on."""

    moment: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, **span: float) -> None:
        self.moment += timedelta(**span)


@dataclass
class Door:
    """What a client can do, and what a worker would do in the meantime."""

    services: Services
    client: testing.TestClient
    letterbox: Mailbox
    nudges: list[tuple[str, UUID]] = field(default_factory=list)

    def post(self, path: str, bearer: str | None = None, **body: Any) -> testing.Result:
        return self.send("POST", path, bearer=bearer, json=body)

    def get(self, path: str, bearer: str | None = None) -> testing.Result:
        return self.send("GET", path, bearer=bearer)

    def send(
        self,
        method: str,
        path: str,
        *,
        bearer: str | None = None,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> testing.Result:
        authorization = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        return self.client.simulate_request(
            method, path, headers={**authorization, **(headers or {})}, **options
        )

    def register(self, email: str, password: str = PASSWORD, **more: Any) -> testing.Result:
        return self.post("/v1/auth/register", email=email, password=password, **more)

    def log_in(self, email: str, password: str = PASSWORD, device: str = "") -> testing.Result:
        headers = {"X-Device-Token": device} if device else {}
        body = {"email": email, "password": password}
        return self.send("POST", "/v1/auth/login", headers=headers, json=body)

    def refresh(self, token: str, device: str = "") -> testing.Result:
        headers = {"X-Device-Token": device} if device else {}
        body = {"refresh_token": token}
        return self.send("POST", "/v1/auth/refresh", headers=headers, json=body)

    def verify(self, token: str, password: str = PASSWORD) -> testing.Result:
        return self.post("/v1/auth/verify-email", token=token, password=password)

    def work(self) -> None:
        """Does what the workers would, for as long as something is due."""
        while self.nudges:
            _, promise_id = self.nudges.pop(0)
            self.services.promises.keep(promise_id)

    def letters(self, to: str) -> list[Letter]:
        """Newest first, once the workers have done their part."""
        self.work()
        return self.letterbox.letters(to=_on_the_wire(to))

    def token(self, to: str) -> str:
        """The token in the newest letter."""
        found = re.search(r"token=([\w-]+)", self.letters(to)[0].text)
        assert found
        return found[1]

    def join(self, email: str, password: str = PASSWORD) -> dict[str, Any]:
        """Registers, proves the address and logs in by the letter; the tokens."""
        self.register(email, password)
        return dict(self.verify(self.token(email), password).json)


def _on_the_wire(email: str) -> str:
    """As the mail server gets it: the domain in ASCII."""
    local, _, domain = email.rpartition("@")
    return f"{local}@{ascii_domain(domain)}" if local else email


OpenDoor = Callable[..., Door]


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def later(clock: HeldClock) -> Callable[..., None]:
    return clock.advance


@pytest.fixture(scope="session")
def letterbox() -> Iterator[Mailbox]:
    with Mailbox() as mailbox:
        yield mailbox


@pytest.fixture
def open_door(
    database_url: str,
    redis_url: str,
    remembering: dict[str, str],
    letterbox: Mailbox,
    clock: HeldClock,
) -> Iterator[OpenDoor]:
    """Opens a house with other settings: `open_door(AUTH_REFRESH_GRACE_SECONDS="0")`."""
    letterbox.empty()
    opened: list[Services] = []

    def build(**environment: str) -> Door:
        settings = read_settings(
            {
                "DATABASE_URL": database_url,
                "REDIS_URL": redis_url,
                "SECRET_KEYS": "a secret for tests that is long enough",
                "PASSWORD_HASH": "argon2id:m=8,t=1,p=1",
                "SMTP_URL": letterbox.smtp_url,
                **UNLIMITED,
                **remembering,
                **environment,
            }
        )
        nudges: list[tuple[str, UUID]] = []
        services = open_services(
            settings,
            nudge=lambda task, *ids: nudges.extend((task, id) for id in ids),
            now=clock,
        )
        opened.append(services)
        client = testing.TestClient(Watched(open_app(services, settings)))
        return Door(services, client, letterbox, nudges)

    yield build
    for services in opened:
        services.database.breaker.close()
        services.close()


@pytest.fixture
def door(open_door: OpenDoor) -> Door:
    return open_door()
