"""One failure opens a breaker, its own probe closes it, and each is said once."""

import os
from collections.abc import Iterator
from datetime import timedelta
from threading import Event

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from ostiary.errors import Unavailable
from ostiary.platform.breaker import Breaker
from tests.waiting import wait_until


class Dependency:
    def __init__(self) -> None:
        self.is_back = Event()
        self.probes = 0

    def probe(self) -> None:
        self.probes += 1
        if not self.is_back.is_set():
            raise ConnectionError


@pytest.fixture
def dependency() -> Iterator[Dependency]:
    dependency = Dependency()
    yield dependency
    dependency.is_back.set()


@pytest.fixture
def breaker(dependency: Dependency) -> Breaker:
    return Breaker(dependency.probe, name="postgres", interval=timedelta(seconds=0.02))


@pytest.fixture
def said() -> Iterator[list[EventDict]]:
    with capture_logs() as said:
        yield said


def await_closing(breaker: Breaker) -> None:
    wait_until(lambda: not breaker.is_open)


def events(said: list[EventDict], dependency: str) -> list[str]:
    about_it = [each for each in said if each["dependency"] == dependency]
    return [each["event"] for each in about_it if each["log_level"] != "debug"]


class TestAClosedBreaker:
    def test_lets_everything_through(self, breaker: Breaker) -> None:
        breaker.check()

    def test_probes_nothing(self, breaker: Breaker, dependency: Dependency) -> None:
        breaker.check()
        assert dependency.probes == 0


class TestAnOpenBreaker:
    def test_refuses_at_once(self, breaker: Breaker) -> None:
        breaker.trip()
        with pytest.raises(Unavailable):
            breaker.check()

    def test_probes_until_the_dependency_is_back(
        self, breaker: Breaker, dependency: Dependency
    ) -> None:
        breaker.trip()
        wait_until(lambda: dependency.probes >= 2)
        dependency.is_back.set()
        await_closing(breaker)
        breaker.check()

    def test_probes_the_first_time_at_once(self, dependency: Dependency) -> None:
        dependency.is_back.set()
        unhurried = Breaker(dependency.probe, name="postgres", interval=timedelta(hours=1))
        unhurried.trip()
        await_closing(unhurried)

    def test_can_be_opened_again(self, breaker: Breaker, dependency: Dependency) -> None:
        dependency.is_back.set()
        breaker.trip()
        await_closing(breaker)
        breaker.trip()
        await_closing(breaker)
        assert breaker.trips == 2

    def test_in_a_forked_process_still_closes(
        self, breaker: Breaker, dependency: Dependency
    ) -> None:
        breaker.trip()
        child = os.fork()
        if child == 0:
            dependency.is_back.set()
            try:
                breaker.check()
            except Unavailable:
                await_closing(breaker)
            finally:
                os._exit(breaker.is_open)
        assert os.waitpid(child, 0)[1] == 0


class TestAFailure:
    def test_is_said_once_and_so_is_its_end(
        self, dependency: Dependency, said: list[EventDict]
    ) -> None:
        breaker = Breaker(dependency.probe, name="redis", interval=timedelta(seconds=0.02))
        breaker.trip()
        breaker.trip()
        dependency.is_back.set()
        wait_until(lambda: len(events(said, "redis")) > 1)
        assert events(said, "redis") == ["dependency_lost", "dependency_back"]

    def test_that_is_older_than_the_last_one_is_no_news(
        self, breaker: Breaker, dependency: Dependency
    ) -> None:
        before = breaker.trips
        breaker.trip()
        dependency.is_back.set()
        await_closing(breaker)
        breaker.trip(seen=before)
        assert not breaker.is_open
