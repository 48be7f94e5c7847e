"""A process is alive while one of its instances was seen within twelve seconds."""

import os

import pytest

from ostiary.watch.heartbeats import Heartbeats
from tests.app_client import HeldClock
from tests.outbox_fixture import Courier


@pytest.fixture
def heartbeats(courier: Courier, clock: HeldClock) -> Heartbeats:
    return Heartbeats(courier.database, clock)


def instances(heartbeats: Heartbeats) -> list[str]:
    return [row.instance for row in heartbeats.database.fetch_all("SELECT * FROM heartbeat")]


class TestAProcess:
    def test_that_was_never_seen_is_not_alive(self, heartbeats: Heartbeats) -> None:
        assert heartbeats.alive() == set()

    def test_is_alive_for_twelve_seconds(self, heartbeats: Heartbeats, clock: HeldClock) -> None:
        heartbeats.beat("worker")
        clock.advance(seconds=12)
        assert heartbeats.alive() == {"worker"}
        clock.advance(seconds=0.001)
        assert heartbeats.alive() == set()

    def test_is_alive_while_one_of_its_instances_is(
        self, heartbeats: Heartbeats, clock: HeldClock
    ) -> None:
        heartbeats.beat("worker")
        heartbeats.database.run("UPDATE heartbeat SET instance = 'one that died'")
        clock.advance(minutes=1)
        heartbeats.beat("worker")
        assert heartbeats.alive() == {"worker"}

    def test_leaves_one_sign_however_often_it_beats(
        self, heartbeats: Heartbeats, clock: HeldClock
    ) -> None:
        for _ in range(3):
            heartbeats.beat("worker")
            clock.advance(seconds=5)
        assert [name.endswith(f":{os.getpid()}") for name in instances(heartbeats)] == [True]


class TestAnInstanceThatIsGone:
    def test_is_forgotten_after_a_day(self, heartbeats: Heartbeats, clock: HeldClock) -> None:
        heartbeats.beat("worker")
        clock.advance(days=1)
        assert heartbeats.prune() == 0
        clock.advance(seconds=1)
        assert heartbeats.prune() == 1


class TestAMissingProcess:
    def test_is_missed_by_those_who_are_there(
        self, heartbeats: Heartbeats, clock: HeldClock
    ) -> None:
        heartbeats.beat("watch")
        live(heartbeats, clock, seconds=13)
        assert heartbeats.is_missing("watch")

    def test_is_not_missed_while_it_is_heard(self, heartbeats: Heartbeats) -> None:
        heartbeats.beat("watch")
        assert not heartbeats.is_missing("watch")

    def test_is_not_missed_just_after_everybody_was_silent(
        self, heartbeats: Heartbeats, clock: HeldClock
    ) -> None:
        for process in ("watch", "worker"):
            heartbeats.beat(process)
        clock.advance(minutes=5)
        live(heartbeats, clock, seconds=9)
        assert not heartbeats.is_missing("watch")
        live(heartbeats, clock, seconds=6)
        assert heartbeats.is_missing("watch")


def live(heartbeats: Heartbeats, clock: HeldClock, *, seconds: int) -> None:
    """A worker does, and leaves its signs."""
    for _ in range(0, seconds, 3):
        heartbeats.beat("worker")
        clock.advance(seconds=3)
    heartbeats.beat("worker")
