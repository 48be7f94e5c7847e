"""The people of a drill: newcomers, somebody with a known device, and somebody who guesses."""

import itertools
import re
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from threading import Event
from typing import Any, ClassVar

from ostiary.platform.identifiers import new_id, new_token
from workshop.rehearsal.record import Answer, Journey, Kind, Record
from workshop.rehearsal.stack import Stack
from workshop.rehearsal.visitor import Reply, Visitor

# A session may be refreshed once a second, and a login tried every other.
PAUSE_SECONDS = 1.1
GLANCE_SECONDS = 0.1
# Many may be waiting for a mailbox that is asked over a network.
LONGEST_GLANCE_SECONDS = 0.5
RENEWALS = 15
TOKEN = re.compile(r"token=([\w-]+)")


@dataclass
class Person:
    """Comes again when told to, for as long as `over` is unset."""

    stack: Stack
    record: Record
    who: str
    client: str
    over: Event
    email: str = field(default_factory=lambda: f"{new_id()}@example.com")
    password: str = field(default_factory=new_token)
    wanted: ClassVar[Collection[int]] = (200, 202, 204)

    def ask(self, what: str, body: dict[str, Any] | None = None, **headers: str) -> Reply:
        """Once."""
        visitor = Visitor(self.stack.door, self.client)
        reply = visitor.ask("POST" if body else "GET", f"/v1/auth/{what}", body, **headers)
        kind = _kind_of(reply, what, self.wanted)
        answer = Answer(self.who, what, reply.at, reply.seconds, reply.status, kind)
        self.record.answers.append(answer)
        return reply

    def insist(self, what: str, body: dict[str, Any] | None = None, **headers: str) -> Reply:
        """Comes again when it is told to; gives up on anything else."""
        while True:
            reply = self.ask(what, body, **headers)
            if not reply.says_later or self.over.wait(max(reply.retry_after, 1)):
                return reply


def _kind_of(reply: Reply, what: str, wanted: Collection[int]) -> Kind:
    if reply.status in wanted:
        return "fine"
    if reply.says_later and reply.retry_after:
        return "later"
    return "renew" if (reply.status, what) == (401, "me") else "failed"


class Newcomer(Person):
    def live(self) -> None:
        """Registers, reads the letter, logs in by it, logs in, looks, refreshes."""
        journey = Journey(self.email)
        self.record.journeys.append(journey)
        tokens = self.look(self.join(journey))
        journey.is_complete = bool(tokens and self.refresh(tokens))

    def join(self, journey: Journey) -> dict[str, Any]:
        person = {"email": self.email, "password": self.password}
        told = self.insist("register", person)
        if told.status != 202:
            return {}
        journey.promised_at = told.at
        token = self._read_letter(journey)
        proof = {"token": token, "password": self.password}
        if not token or self.insist("verify-email", proof).status != 200:
            return {}
        return self.insist("login", person).body

    def look(self, tokens: dict[str, Any]) -> dict[str, Any]:
        """The tokens that were good for it; those that are not are renewed, for a while."""
        for _ in range(RENEWALS if tokens else 0):
            bearer = f"Bearer {tokens.get('access_token')}"
            told = self.insist("me", Authorization=bearer)
            if told.status != 401:
                return tokens if told.status == 200 else {}
            self.over.wait(PAUSE_SECONDS)
            tokens = self.refresh(tokens) or tokens
        return {}

    def refresh(self, tokens: dict[str, Any]) -> dict[str, Any]:
        """The new tokens, or nothing: then the old ones may still be good."""
        told = self.insist("refresh", {"refresh_token": tokens.get("refresh_token")})
        return told.body if told.status == 200 else {}

    def _read_letter(self, journey: Journey) -> str | None:
        pause = GLANCE_SECONDS
        while not (letters := self.stack.post.letters(to=self.email)):
            if self.over.wait(pause):
                return None
            pause = min(LONGEST_GLANCE_SECONDS, pause * 1.1)
        journey.letter_at = time.monotonic()
        found = TOKEN.search(letters[0].text)
        return found[1] if found else None


class Regular(Newcomer):
    """Keeps one session alive, and logs in on a known device though others guess."""

    def settle(self) -> None:
        self.tokens = self.join(Journey(self.email))

    def live(self) -> None:
        for turn in itertools.count():
            if self.over.wait(PAUSE_SECONDS):
                return
            self.tokens = self.refresh(self.tokens) or self.tokens
            self.tokens = self.look(self.tokens) or self.tokens
            if turn % 2:
                self._log_in()

    def _log_in(self) -> None:
        person = {"email": self.email, "password": self.password}
        told = self.ask("login", person, X_Device_Token=self.tokens.get("device_token", ""))
        self.tokens = told.body if told.status == 200 else self.tokens


class Guesser(Person):
    """Guesses at somebody else's password, each time from another client."""

    wanted: ClassVar[Collection[int]] = (401, 429)

    def live(self) -> None:
        for number in itertools.count():
            self.client = f"10.66.{number >> 8 & 255}.{number & 255}"
            guess = {"email": self.email, "password": new_token()}
            self.ask("login", guess)
            if self.over.wait(PAUSE_SECONDS):
                return
