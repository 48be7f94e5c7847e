"""A siege: knocks at the door from any address, over connections that stay open."""

import itertools
import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from threading import Barrier, Event
from typing import Any, NamedTuple

from argon2 import PasswordHasher

from tests.processes.stage import PASSWORD, Stage

CONNECTIONS = 50
WRONG = "not nine umbrellas"

JOIN = """
INSERT INTO account (id, email, email_key, password_hash, roles, created_at, email_verified_at)
SELECT gen_random_uuid(), email, email, %s, '{}', now(), now() FROM unnest(%s) AS email
"""
VERIFIED = """
SELECT count(*) FROM attempt WHERE subject = 'address:' || %s AND verdict <> ALL (%s)
"""
LOCKOUTS = "SELECT count(*) FROM lockout WHERE email = ANY (%s)"
NOT_GUESSED = ["right", "refused"]


class Knock(NamedTuple):
    email: str
    client: str
    password: str = PASSWORD
    device: str = ""


class Answer(NamedTuple):
    status: int
    body: dict[str, Any]
    retry_after: int
    seconds: float


class Visitor:
    """One connection that stays open, whichever clients are said to be behind it."""

    def __init__(self, stage: Stage) -> None:
        self._connection = HTTPConnection("127.0.0.1", stage.port, timeout=30)

    def log_in(self, knock: Knock) -> Answer:
        """An answer that does not come has the status 0."""
        began = time.monotonic()
        try:
            self._send(knock)
            answered = self._connection.getresponse()
            body = json.loads(answered.read())
        except (OSError, HTTPException):
            self._connection.close()
            return Answer(0, {}, 0, time.monotonic() - began)
        retry_after = int(answered.getheader("Retry-After", "0"))
        return Answer(answered.status, body, retry_after, time.monotonic() - began)

    def log_in_patiently(self, knock: Knock, *codes: str) -> Answer:
        """Comes again when there was no core to hash the password on, or for one of `codes`."""
        while (answer := self.log_in(knock)).body.get("code") in ("overloaded", *codes):
            time.sleep(answer.retry_after)
        return answer

    def _send(self, knock: Knock) -> None:
        headers = {"Content-Type": "application/json", "X-Forwarded-For": knock.client}
        if knock.device:
            headers["X-Device-Token"] = knock.device
        body = json.dumps({"email": knock.email, "password": knock.password})
        self._connection.request("POST", "/v1/auth/login", body, headers)


def address(number: int) -> str:
    """One client of a botnet of sixteen million."""
    return f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"


def guesses_at(email: str) -> Iterator[Knock]:
    """Without end, and each from another client."""
    return map(
        Knock, itertools.repeat(email), map(address, itertools.count()), itertools.repeat(WRONG)
    )


def storm(stage: Stage, knocks: Sequence[Knock], *, connections: int = CONNECTIONS) -> list[Answer]:
    """All of them, shared among connections that begin at the same moment.

    Who gets no answer in time, because the whole machine stood still, comes again.
    """
    together = Barrier(connections, timeout=30)

    def send(share: Sequence[Knock]) -> list[Answer]:
        visitor = Visitor(stage)
        together.wait()
        return [visitor.log_in_patiently(knock, "unavailable") for knock in share]

    shares = [knocks[number::connections] for number in range(connections)]
    with ThreadPoolExecutor(connections) as pool:
        return list(itertools.chain.from_iterable(pool.map(send, shares)))


@contextmanager
def coming(
    stage: Stage, *streams: Iterator[Knock], pause: float, connections: int = 1
) -> Iterator[list[Answer]]:
    """Each stream knocks on, over that many connections, until the block ends."""
    answers: list[Answer] = []
    over = Event()

    def come(stream: Iterator[Knock]) -> None:
        visitor = Visitor(stage)
        while not over.wait(pause):
            answers.append(visitor.log_in_patiently(next(stream)))

    with ThreadPoolExecutor(len(streams) * connections) as pool:
        people = [pool.submit(come, stream) for stream in streams for _ in range(connections)]
        try:
            yield answers
        finally:
            over.set()
    for person in people:
        person.result()


def join(stage: Stage, *emails: str) -> None:
    """Accounts whose addresses are proven, all with the same password."""
    hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
    stage.run(JOIN, hasher.hash(PASSWORD), list(emails))


def verified(stage: Stage, email: str) -> int:
    """The guesses at an address whose password was looked at, as the database knows them."""
    return int(stage.rows(VERIFIED, email, NOT_GUESSED)[0][0])


def lockouts(stage: Stage, *emails: str) -> int:
    return int(stage.rows(LOCKOUTS, list(emails))[0][0])


@contextmanager
def statements_logged(stage: Stage) -> Iterator[None]:
    """Each by the name of the process that asked for it."""
    _configure(stage, log_statement="'all'", log_line_prefix="'%a '")
    try:
        yield
    finally:
        _configure(stage, log_statement="'none'")


def _configure(stage: Stage, **settings: str) -> None:
    for name, value in settings.items():
        stage.run(f"ALTER SYSTEM SET {name} = {value}")
    stage.run("SELECT pg_reload_conf()")
    time.sleep(0.5)
