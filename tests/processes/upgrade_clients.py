"""People who live through an upgrade: who answered each of their steps, and how."""

import itertools
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import Any, NamedTuple

import requests

from tests.processes.replicas import Balancer
from tests.processes.stage import PASSWORD, wait_until

PEOPLE = 3
# Leaves the processor to those who start meanwhile.
PAUSE_SECONDS = 0.02
ME = "/v1/auth/me"


class Answer(NamedTuple):
    phase: str
    replica: str
    path: str
    seconds: float
    failure: str | None


class Crossing(NamedTuple):
    """A letter, or a session, which began with one replica and went on with another."""

    phase: str
    what: str
    began: str
    went_on: str


class Failed(Exception):
    """Whoever is answered wrongly begins a new life."""


@dataclass
class Lives:
    """Register, wait for the letter, verify, log in, look, refresh, look, log out, and again."""

    balancer: Balancer
    phase: str = ""
    answers: list[Answer] = field(default_factory=list)
    crossings: set[Crossing] = field(default_factory=set)
    lived: int = 0
    stopped: Event = field(default_factory=Event)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def failures(self) -> list[Answer]:
        return [answer for answer in self.answers if answer.failure]

    def live(self) -> None:
        while not self.stopped.is_set():
            try:
                Life(self, f"person-{next(self.numbers)}@example.com").live()
            except Failed:
                continue
            self.lived += 1


@dataclass
class Life:
    lives: Lives
    email: str
    last: str = ""

    def live(self) -> None:
        known = {"email": self.email, "password": PASSWORD}
        self._send(202, "POST", "/v1/auth/register", **known)
        self._send(200, "POST", "/v1/auth/verify-email", token=self._token(), password=PASSWORD)
        tokens = self._send(200, "POST", "/v1/auth/login", **known)
        for _ in range(3):
            self._go_on(200, "GET", ME, tokens["access_token"])
            token = tokens["refresh_token"]
            tokens = self._go_on(200, "POST", "/v1/auth/refresh", refresh_token=token)
        self._go_on(204, "POST", "/v1/auth/logout", tokens["access_token"])
        self._go_on(401, "GET", ME, tokens["access_token"])

    def _token(self) -> str:
        phase, promised_by = self.lives.phase, self.last
        mailbox = self.lives.balancer.stage.mailbox
        wait_until(lambda: mailbox.letters(to=self.email), seconds=20)
        if self.lives.phase == phase:
            self.lives.crossings.add(Crossing(phase, "letter", promised_by, ""))
        found = re.search(r"token=([\w-]+)", mailbox.letters(to=self.email)[0].text)
        assert found
        return found[1]

    def _go_on(self, expected: int, method: str, path: str, bearer: str = "", **body: Any) -> Any:
        began, phase = self.last, self.lives.phase
        document = self._send(expected, method, path, bearer, **body)
        self.lives.crossings.add(Crossing(phase, "session", began, self.last))
        return document

    def _send(self, expected: int, method: str, path: str, bearer: str = "", **body: Any) -> Any:
        time.sleep(PAUSE_SECONDS)
        phase, began = self.lives.phase, time.monotonic()
        with self.lives.balancer.next() as replica:
            self.last = replica.name
            try:
                answered = replica.ask(method, path, bearer, **body)
                failure = _failure(answered, expected)
            except requests.RequestException as error:
                answered, failure = None, repr(error)
        seconds = time.monotonic() - began
        self.lives.answers.append(Answer(phase, replica.name, path, seconds, failure))
        if answered is None or failure:
            raise Failed
        return answered.json() if answered.content else None


def _failure(answered: requests.Response, expected: int) -> str | None:
    if answered.status_code == expected:
        return None
    return f"{answered.status_code} instead of {expected}: {answered.text}"


@contextmanager
def lived(balancer: Balancer) -> Iterator[Lives]:
    lives = Lives(balancer)
    with ThreadPoolExecutor(PEOPLE) as pool:
        people = [pool.submit(lives.live) for _ in range(PEOPLE)]
        try:
            yield lives
        finally:
            lives.stopped.set()
    for person in people:
        person.result()
