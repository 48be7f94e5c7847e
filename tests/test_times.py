"""Nobody can tell by the clock who has an account, nor by how much is remembered."""

import os
import statistics
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from functools import partial

import pytest

from ostiary.platform.database import open_database
from ostiary.platform.identifiers import new_id
from tests.app_client import Door, OpenDoor

# `REHEARSAL=full` takes the numbers that the documentation quotes.
FULL = os.environ.get("REHEARSAL") == "full"
SAMPLES = 300 if FULL else 30
# Of that few samples of equal things, one in a thousand sets looks further apart.
TOO_FAR = 0.57 if FULL else 0.75
# Of three times as many, one in fifty million does.
TRIES = 1 if FULL else 3
ROWS = 1_000_000 if FULL else 20_000
CHUNK = 20_000
LOGINS, ROUNDS = (200, 1) if FULL else (20, 3)

ADA = "ada@example.com"
PENDING = "pending@example.com"
NOBODY = "nobody@example.com"
WRONG = "a wrong password"

MANY_ATTEMPTS = """
INSERT INTO attempt (id, subject, client, at, verdict)
SELECT gen_random_uuid(), 'address:user' || n %% 50000 || '@example.com',
    '10.' || n %% 200 || '.' || n %% 250 || '.1', %(now)s - n * interval '0.05 seconds', 'wrong'
FROM generate_series(%(first)s, %(first)s + %(chunk)s - 1) AS n
"""
MANY_LOCKOUTS = """
INSERT INTO lockout
    (id, subject, email, client, failures, repeats, locked_at, locked_until, released_at)
SELECT gen_random_uuid(), 'address:user' || n || '@example.com', 'user' || n || '@example.com',
    '10.0.0.1', 5, 0, %(now)s - interval '1 hour', %(now)s - n * interval '0.1 seconds',
    CASE WHEN n > 20000 THEN %(now)s END
FROM generate_series(%(first)s, %(first)s + %(chunk)s - 1) AS n
"""


def seconds(verb: Callable[[], object]) -> float:
    began = time.perf_counter()
    verb()
    return time.perf_counter() - began


def telling(one: Callable[[], object], other: Callable[[], object]) -> float:
    """The area under the curve of who guesses by time which it was: 0.5 is tossing a coin."""
    times: list[tuple[float, float]] = []
    for _ in range(TRIES):
        times += [(seconds(one), seconds(other)) for _ in range(SAMPLES)]
        if (area := area_under(times)) < TOO_FAR:
            break
    return area


def area_under(times: list[tuple[float, float]]) -> float:
    slower = sum((a > b) + (a == b) / 2 for a, _ in times for _, b in times)
    area = slower / len(times) ** 2
    return max(area, 1 - area)


@pytest.fixture
def door(open_door: OpenDoor) -> Door:
    """Hashes cost what they cost in production, and nobody is locked out by accident."""
    door = open_door(
        PASSWORD_HASH="argon2id:m=19456,t=2,p=1",
        AUTH_LOGIN_MAX_ATTEMPTS="100000",
        AUTH_LOGIN_CLIENT_MAX_ATTEMPTS="off",
    )
    door.join(ADA)
    return door


class TestTime:
    def test_does_not_tell_a_known_address_that_is_locked(self, open_door: OpenDoor) -> None:
        door = open_door()
        door.join(ADA)
        for _ in range(5):
            door.log_in(ADA, WRONG)
            door.log_in(NOBODY, WRONG)
        area = telling(lambda: door.log_in(ADA), lambda: door.log_in(NOBODY))
        assert report("a locked address with or without account", area) < TOO_FAR

    @pytest.mark.parametrize("act", ["register", "log in", "forgot", "resend"])
    @pytest.mark.parametrize(
        "pair", [(ADA, NOBODY), (PENDING, NOBODY), (ADA, PENDING)], ids="-".join
    )
    def test_does_not_tell_what_an_address_has(
        self, door: Door, act: str, pair: tuple[str, str]
    ) -> None:
        """An account, a registration that waits for its proof, or nothing."""
        door.register(PENDING)
        verb = VERBS[act]
        one, other = (partial(verb, door, email) for email in pair)
        area = telling(one, other)
        assert report(f"{act}: {' or '.join(pair)}", area) < TOO_FAR


class TestManyRows:
    def test_do_not_slow_a_login_down(self, open_door: OpenDoor) -> None:
        door = open_door()
        door.join(ADA)
        before = usual_login(door)
        remember_much(door)
        added = usual_login(door) - before
        report(f"what {ROWS:,} attempts and lockouts add to a login, in seconds", added)
        assert added < 0.02

    def test_are_swept_in_quick_batches(self, open_door: OpenDoor) -> None:
        door = open_door()
        remember_much(door)
        took = seconds(door.services.protection.lockouts.expire)
        batches = CHUNK / 1000
        assert report("a batch of the sweep, in seconds", took / batches) < (1 if FULL else 5)


def register(door: Door, email: str) -> None:
    """An address that is unknown would be a pending one afterwards."""
    if email == NOBODY:
        email = f"{new_id()}@example.com"
    door.register(email)


def log_in(door: Door, email: str) -> None:
    door.log_in(email, WRONG)


def resend(door: Door, email: str) -> None:
    door.post("/v1/auth/verify-email/resend", email=email)


def forgot(door: Door, email: str) -> None:
    door.post("/v1/auth/password/forgot", email=email)


VERBS = {"register": register, "log in": log_in, "forgot": forgot, "resend": resend}


def usual_login(door: Door) -> float:
    """When the machine does least besides."""
    return min(median_login(door) for _ in range(ROUNDS))


def median_login(door: Door) -> float:
    return statistics.median(seconds(lambda: door.log_in(ADA)) for _ in range(LOGINS))


def remember_much(door: Door) -> None:
    now = door.services.outbox.now()
    url = door.services.database.database
    with closing(open_database(url, patience=timedelta(minutes=1))) as database:
        for first in range(1, ROWS + 1, CHUNK):
            database.run(MANY_ATTEMPTS, now=now, first=first, chunk=CHUNK)
            database.run(MANY_LOCKOUTS, now=now, first=first, chunk=CHUNK)
        database.run("ANALYZE attempt")
        database.run("ANALYZE lockout")


def report(what: str, figure: float) -> float:
    print(f"\n  {what}: {figure:.4f}")
    return figure
