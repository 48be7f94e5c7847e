"""A courier with one errand, which a test may let go wrong in any way."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from ostiary.audit.audit import Audit
from ostiary.courier.channels import Channels
from ostiary.courier.models import MODELS
from ostiary.courier.outbox import Outbox
from ostiary.courier.promises import Claimed, Promises
from ostiary.events import Promising
from ostiary.platform.database import Database, open_database
from ostiary.platform.hmac_keys import Macs
from tests.app_client import HeldClock

TASK = "tasks.mail.run_errand"
ALERT = "tasks.alerts.run_errand"
A_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class ErrandAsked(Promising):
    """The fact that an errand follows from."""


@dataclass
class Courier:
    """`errand` is what keeping a promise means; `runs` are the promises it was run for, and
    `messages` how many promises were nudged about at once.
    """

    database: Database
    clock: HeldClock
    errand: Callable[[Claimed], object] = print
    runs: list[Claimed] = field(default_factory=list)
    nudges: list[UUID] = field(default_factory=list)
    messages: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.channels = Channels(self.database, self.clock)
        self.promises = Promises(
            self.database, self.channels, {TASK: self._run, ALERT: self._run}, self.clock
        )
        macs = Macs(("a secret for tests that is long enough",), purpose="audit")
        self.audit = Audit(self.database, macs, self.clock)
        self.outbox = Outbox(
            self.database,
            self.audit,
            {ErrandAsked: (TASK,)},
            self._nudge,
            self.clock,
        )

    def promise(self, keep_for: timedelta = A_DAY) -> UUID:
        with self.database.atomic():
            self.outbox.record(ErrandAsked(keep_until=self.clock() + keep_for))
        return self.nudges[-1]

    def promises_a_second_apart(self, count: int) -> list[UUID]:
        """The oldest first."""
        made = []
        for _ in range(count):
            made.append(self.promise())
            self.clock.advance(seconds=1)
        return made

    def promise_alert(self) -> UUID:
        """One that goes out by another channel."""
        promise_id = self.promise()
        self.database.run(
            "UPDATE outbox SET task = %(task)s, channel = 'alerts.webhook' WHERE id = %(id)s",
            task=ALERT,
            id=promise_id,
        )
        return promise_id

    def row(self, promise_id: UUID) -> Any:
        return self.database.fetch_one("SELECT * FROM outbox WHERE id = %(id)s", id=promise_id)

    def status(self, promise_id: UUID) -> str:
        return str(self.row(promise_id).status)

    def fail(self, problem: Exception) -> None:
        """From now on every errand does."""

        def errand(_: Claimed) -> None:
            raise problem

        self.errand = errand

    def succeed(self) -> None:
        self.errand = lambda _: None

    def _nudge(self, _task: str, *promise_ids: UUID) -> None:
        self.nudges.extend(promise_ids)
        self.messages.append(len(promise_ids))

    def _run(self, promise: Claimed) -> None:
        self.runs.append(promise)
        self.errand(promise)


@pytest.fixture
def courier(database_url: str, clock: HeldClock) -> Iterator[Courier]:
    database = open_database(database_url)
    database.bind(MODELS, bind_refs=False, bind_backrefs=False)
    courier = Courier(database, clock)
    courier.succeed()
    yield courier
    database.breaker.close()
    database.close()
