"""What a request costs on any machine: round trips, statements, nudges, calls and memory."""

import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from typing import Any, NamedTuple

import pytest
from falcon import testing

from tests.app_client import UNLIMITED, Door, OpenDoor
from tests.wiretap import Wiretap

ADA = "ada@example.com"
MALLORY = "mallory@example.com"
WRONG = "a wrong password"
# Until connections are open and caches filled, and not so often that anybody is locked out.
WARMING = 2
BUDGET = 5
LIMITS_ON = dict.fromkeys(UNLIMITED, "")


@dataclass
class House:
    """`tokens` are the newest of somebody who has an account."""

    door: Door
    postgres: Wiretap
    redis: Wiretap
    tokens: dict[str, Any]
    newcomers: Iterator[int]

    def health(self) -> testing.Result:
        return self.door.get("/health")

    def me(self) -> testing.Result:
        return self.door.get("/v1/auth/me", bearer=self.tokens["access_token"])

    def refresh(self) -> testing.Result:
        refreshed = self.door.refresh(self.tokens["refresh_token"])
        self.tokens = refreshed.json
        return refreshed

    def register(self) -> testing.Result:
        return self.door.register(f"newcomer{next(self.newcomers)}@example.com")

    def log_in(self) -> testing.Result:
        return self.door.log_in(ADA)

    def log_in_on_device(self) -> testing.Result:
        return self.door.log_in(ADA, device=self.tokens["device_token"])

    def guess(self) -> testing.Result:
        return self.door.log_in(ADA, WRONG)

    def guess_when_locked(self) -> testing.Result:
        return self.door.log_in(MALLORY, WRONG)

    def lock_mallory(self) -> None:
        for _ in range(BUDGET):
            self.door.log_in(MALLORY, WRONG)


Ask = Callable[[House], testing.Result]


class Cost(NamedTuple):
    """The most it may be. Calls of Python functions, and kilobytes at the peak, leave room for
    another version of Python or of a library; the rest is as it is.
    """

    postgres: int
    statements: int
    redis: int
    nudges: int
    calls: int
    kilobytes: int


COSTS: dict[Ask, tuple[int, Cost]] = {
    House.health: (200, Cost(0, 0, 0, 0, 410, 15)),
    House.me: (200, Cost(1, 1, 0, 0, 500, 40)),
    House.refresh: (200, Cost(2, 5, 1, 0, 930, 85)),
    House.log_in: (200, Cost(4, 13, 2, 1, 1340, 110)),
    House.log_in_on_device: (200, Cost(5, 12, 2, 0, 1200, 90)),
    House.guess: (401, Cost(4, 9, 2, 0, 910, 85)),
    House.guess_when_locked: (429, Cost(0, 0, 2, 0, 660, 60)),
    House.register: (202, Cost(2, 6, 2, 1, 920, 85)),
}


@pytest.fixture
def house(open_door: OpenDoor, database_url: str, redis_url: str) -> Iterator[House]:
    with ExitStack() as opened:
        postgres = opened.enter_context(Wiretap(database_url))
        redis = opened.enter_context(Wiretap(redis_url))
        door = open_door(DATABASE_URL=postgres.url, RATE_LIMIT_REDIS_URL=redis.url, **LIMITS_ON)
        yield House(door, postgres, redis, door.join(ADA), count())


@pytest.fixture(params=COSTS.items(), ids=lambda each: each[0].__name__)
def visit(request: pytest.FixtureRequest, house: House) -> tuple[Ask, int, Cost]:
    """A request that was made before."""
    ask, (wanted, cost) = request.param
    house.lock_mallory()
    for _ in range(WARMING):
        assert ask(house).status_code == wanted
    return ask, wanted, cost


def test_a_request_makes_no_round_trip_too_many(house: House, visit: tuple[Ask, int, Cost]) -> None:
    ask, wanted, cost = visit
    house.postgres.said.clear()
    house.redis.said.clear()
    assert ask(house).status_code == wanted
    assert len(house.postgres.said) <= cost.postgres, house.postgres.statements()
    assert len(house.redis.said) <= cost.redis, house.redis.said


def test_a_request_says_nothing_that_need_not_be_said(
    house: House, visit: tuple[Ask, int, Cost]
) -> None:
    ask, _, cost = visit
    house.postgres.said.clear()
    house.door.nudges.clear()
    ask(house)
    statements = house.postgres.statements()
    assert len(statements) <= cost.statements, statements
    assert len(house.door.nudges) <= cost.nudges, house.door.nudges


def test_a_request_is_served_with_few_calls_and_little_memory(
    house: House, visit: tuple[Ask, int, Cost]
) -> None:
    ask, _, cost = visit
    calls, kilobytes = calls_of(lambda: ask(house)), peak_of(lambda: ask(house))
    print(f"{ask.__name__}: {calls} calls, {kilobytes} KB")
    assert calls <= cost.calls
    assert kilobytes <= cost.kilobytes


def calls_of(work: Callable[[], object]) -> int:
    calls = count()
    sys.setprofile(lambda _frame, event, _arg: event == "call" and next(calls))
    try:
        work()
    finally:
        sys.setprofile(None)
    return next(calls)


def peak_of(work: Callable[[], object]) -> int:
    """Kilobytes."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        work()
        return (tracemalloc.get_traced_memory()[1] - before) // 1024
    finally:
        tracemalloc.stop()
