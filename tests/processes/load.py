"""People who register and log in while something breaks, and what they were answered."""

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event

import requests

from tests.processes.stage import PASSWORD, Stage

PEOPLE = 3


@dataclass
class Answer:
    path: str
    status: int
    seconds: float
    at: float
    retry_after: str | None


@dataclass
class Load:
    """Each of them goes on until `stop`: register, try to log in before the proof, and again."""

    stage: Stage
    answers: list[Answer] = field(default_factory=list)
    registered: list[str] = field(default_factory=list)
    stopped: Event = field(default_factory=Event)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def live(self) -> None:
        while not self.stopped.is_set():
            email = f"person-{next(self.numbers)}-{time.monotonic_ns()}@example.com"
            if self.send("/v1/auth/register", email=email) in (201, 202):
                self.registered.append(email)
                self.send("/v1/auth/login", email=email)

    def send(self, path: str, *, email: str) -> int:
        began = time.monotonic()
        try:
            answered = self.stage.post(path, email=email, password=PASSWORD)
            status, retry_after = answered.status_code, answered.headers.get("Retry-After")
        except requests.RequestException:
            status, retry_after = 0, None
        self.answers.append(Answer(path, status, time.monotonic() - began, began, retry_after))
        return status

    def statuses(self) -> Counter[int]:
        return Counter(answer.status for answer in self.answers)

    def slowest(self) -> float:
        return max(answer.seconds for answer in self.answers)

    def letterless(self) -> set[str]:
        """Who has registered and got no letter."""
        got = {
            to
            for (to,) in self.stage.rows(
                "SELECT email FROM outbox JOIN pending_registration AS registration"
                " ON registration.id::text = event->>'registration_id' WHERE outbox.status = 'sent'"
            )
        }
        return set(self.registered) - got


@contextmanager
def under_load(stage: Stage) -> Iterator[Load]:
    load = Load(stage)
    with ThreadPoolExecutor(PEOPLE) as pool:
        people = [pool.submit(load.live) for _ in range(PEOPLE)]
        try:
            yield load
        finally:
            load.stopped.set()
    for person in people:
        person.result()


def lasting(seconds: float, sample: Callable[[], None] = lambda: None) -> None:
    """Waits, and samples four times a second."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        sample()
        time.sleep(0.25)
