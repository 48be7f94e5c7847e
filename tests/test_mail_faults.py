"""Whatever the mail server does, its letter says so, waits, and arrives once it can.

The table of what happened: `pytest -s tests/test_mail_faults.py`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes
from functools import partial
from typing import Any, cast
from uuid import UUID

import pytest

from ostiary.courier.deliveries import Deliveries
from ostiary.courier.letters import Letters
from ostiary.courier.promises import Claimed
from tests.outbox_fixture import Courier
from tests.smtp_peers import DRIP, HANG_UP, MANNERS, Peer, peer
from tests.smtp_sender import ALL_EXTENSIONS, smtp
from workshop.harness.ports import free_port

PATIENCE = timedelta(seconds=10)
HEALTHY = MANNERS | {"EHLO": ALL_EXTENSIONS}
HEADER = """
| the mail server | status | attempts | last_error | others wait | then | attempts | copies |
|---|---|---|---|---|---|---|---|"""


@dataclass(frozen=True)
class Fault:
    """What goes wrong at which step, and what is known of the letter then and in the end."""

    name: str
    step: str
    manner: str
    error: str
    status: str = "queued"
    pauses: bool = True
    arrives: int = 1

    @property
    def is_deaf(self) -> bool:
        return self.step == "CONNECT"

    @property
    def is_refusal(self) -> bool:
        return self.manner[:1] in {"4", "5"}

    @property
    def patience(self) -> timedelta:
        """Short only where it is waited for in vain."""
        return timedelta(seconds=1) if self.manner == DRIP else PATIENCE


FAULTS = [
    Fault("refuses connections", "CONNECT", "", "refused"),
    Fault("drips", "GREETING", DRIP, "timed out"),
    Fault("is busy", "GREETING", "421 busy", "greeting: 421"),
    Fault("4xx at AUTH", "AUTH", "454 later", "AUTH: 454"),
    Fault("5xx at AUTH", "AUTH", "535 bad password", "AUTH: 535"),
    Fault("4xx at MAIL FROM", "MAIL", "451 later", "MAIL: 451"),
    Fault("5xx at MAIL FROM", "MAIL", "550 not you", "MAIL: 550"),
    Fault("4xx at RCPT", "RCPT", "450 greylisted", "RCPT: 450", pauses=False),
    Fault("5xx at RCPT", "RCPT", "550 unknown", "RCPT: 550", "failed", pauses=False, arrives=0),
    Fault("4xx at DATA", "DATA", "451 later", "DATA: 451", pauses=False),
    Fault("hangs up at DATA", "DATA", HANG_UP, "closed"),
    Fault("4xx after the dot", "LETTER", "452 full", "letter: 452", pauses=False),
    Fault("drips after the dot", "LETTER", DRIP, "timed out", pauses=False, arrives=2),
    Fault("hangs up after the dot", "LETTER", HANG_UP, "closed", pauses=False, arrives=2),
]


@dataclass
class Post:
    """One letter on its way through a mail server that is ill."""

    courier: Courier
    server: Peer
    promise_id: UUID

    @property
    def row(self) -> Any:
        return self.courier.row(self.promise_id)

    @property
    def is_paused(self) -> bool:
        return self.courier.database.fetch_one("SELECT FROM channel") is not None

    @property
    def arrived(self) -> list[str]:
        """The Message-ID of each copy."""
        return [str(message_from_bytes(each)["Message-ID"]) for each in self.server.letters]

    def fall_ill(self, fault: Fault) -> None:
        self.server.manners[fault.step] = fault.manner
        port = free_port() if fault.is_deaf else self.server.port
        self.courier.errand = send_through(port, fault.patience)
        self.courier.promises.keep(self.promise_id)
        if fault.is_refusal:
            self.server.letters.clear()

    def heal(self) -> None:
        self.server.manners = dict(HEALTHY)
        self.courier.errand = send_through(self.server.port, PATIENCE)
        for _ in range(3):
            self.courier.clock.advance(minutes=1)
            self.courier.promises.keep_next_overdue("mail")


def send_through(port: int, patience: timedelta) -> Callable[[Claimed], None]:
    deliveries = Deliveries(smtp(port, user="mailer", deadline=patience))
    letters = Letters("noreply@example.com", "https://id.example.com")

    def send(promise: Claimed) -> None:
        compose = partial(letters.compose, "already_registered", to="ada@example.com")
        facts = {"token": "a token", "valid_for": timedelta(hours=1)}
        deliveries.deliver(partial(compose, promise_id=promise.id, **facts))

    return send


@pytest.fixture(scope="module")
def table() -> Iterator[list[str]]:
    lines = [HEADER]
    yield lines
    print("", *lines, sep="\n")


@pytest.fixture(params=FAULTS, ids=lambda fault: fault.name)
def fault(request: pytest.FixtureRequest) -> Fault:
    return cast(Fault, request.param)


@pytest.fixture
def post(courier: Courier, fault: Fault) -> Iterator[Post]:
    with peer(**HEALTHY) as server:
        post = Post(courier, server, courier.promises_a_second_apart(1)[0])
        post.fall_ill(fault)
        yield post


class TestALetter:
    def test_says_what_happened_to_it(self, post: Post, fault: Fault) -> None:
        assert fault.error in post.row.last_error
        assert (post.row.status, post.row.attempts) == (fault.status, 1)

    def test_holds_up_the_others_only_if_they_would_fare_no_better(
        self, post: Post, fault: Fault
    ) -> None:
        assert post.is_paused == fault.pauses

    def test_keeps_its_place_unless_it_may_be_to_blame(self, post: Post, fault: Fault) -> None:
        innocent = fault.step in {"CONNECT", "GREETING", "AUTH"}
        assert (post.row.due_at == post.row.created_at) == innocent

    def test_arrives_once_the_server_is_well(
        self, post: Post, fault: Fault, table: list[str]
    ) -> None:
        then = post.row
        post.heal()
        assert len(post.arrived) == fault.arrives
        assert len({*post.arrived}) == min(1, fault.arrives)
        assert post.row.status == ("sent" if fault.arrives else "failed")
        table.append(
            f"| {fault.name} | {then.status} | {then.attempts} | {then.last_error} "
            f"| {'yes' if fault.pauses else 'no'} | {post.row.status} | {post.row.attempts} "
            f"| {len(post.arrived)} |"
        )
