"""The watchdog keeps what the workers leave lying; it needs Postgres, and outlives its absence."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Thread
from uuid import UUID

import pytest

from ostiary.courier.channels import CHANNELS
from ostiary.courier.promises import Claimed
from ostiary.platform.database import open_database
from ostiary.watch.heartbeats import Heartbeats
from ostiary.watch.watchdog import Watchdog
from tests.app_client import HeldClock
from tests.outbox_fixture import Courier
from tests.waiting import wait_until
from workshop.harness.postgres import EmbeddedPostgres


def watchdog_of(courier: Courier) -> Watchdog:
    return Watchdog(courier.database, courier.promises, Heartbeats(courier.database, courier.clock))


@contextmanager
def running(*watchdogs: Watchdog) -> Iterator[None]:
    threads = [Thread(target=watchdog.run) for watchdog in watchdogs]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for watchdog in watchdogs:
            watchdog.stopped.set()
        for thread in threads:
            thread.join(10)
            assert not thread.is_alive()


@pytest.fixture
def overdue(courier: Courier, clock: HeldClock) -> list[UUID]:
    """Twenty promises that no worker kept in time."""
    promises = [courier.promise() for _ in range(20)]
    clock.advance(seconds=CHANNELS["mail"].total_seconds())
    return promises


class TestTheWatchdog:
    def test_keeps_what_is_overdue(self, courier: Courier, overdue: list[UUID]) -> None:
        with running(watchdog_of(courier)):
            wait_until(lambda: len(courier.runs) == len(overdue))

    def test_leaves_what_is_fresh_to_the_workers(self, courier: Courier) -> None:
        fresh = courier.promise()
        with running(watchdog_of(courier)):
            time.sleep(1.5)
        assert courier.status(fresh) == "queued"

    def test_leaves_signs_of_life(self, courier: Courier) -> None:
        watchdog = watchdog_of(courier)
        with running(watchdog):
            wait_until(lambda: watchdog.heartbeats.alive() == {"watch"})

    def test_goes_on_after_a_promise_that_cannot_be_kept(
        self, courier: Courier, overdue: list[UUID]
    ) -> None:
        courier.errand = lambda promise: overdue.index(promise.id) or 1 // 0
        with running(watchdog_of(courier)):
            wait_until(lambda: len(courier.runs) == len(overdue))


class TestTwoWatchdogs:
    def test_keep_every_promise_once(self, courier: Courier, overdue: list[UUID]) -> None:
        courier.errand = lambda _: time.sleep(0.02)
        with running(watchdog_of(courier), watchdog_of(courier)):
            wait_until(lambda: len(courier.runs) >= len(overdue))
        assert sorted(run.id for run in courier.runs) == sorted(overdue)


class TestStopping:
    def test_takes_no_time_when_nothing_is_in_hand(self, courier: Courier) -> None:
        began = time.monotonic()
        with running(watchdog_of(courier)):
            time.sleep(0.3)
        assert time.monotonic() - began < 2.5

    def test_waits_for_the_promise_in_hand_and_begins_no_other(
        self, courier: Courier, overdue: list[UUID]
    ) -> None:
        begun, watchdog = Event(), watchdog_of(courier)

        def errand(_: Claimed) -> None:
            begun.set()
            watchdog.stopped.wait(5)

        courier.errand = errand
        with running(watchdog):
            begun.wait(5)
        assert {courier.status(run.id) for run in courier.runs} == {"sent"}
        assert len(courier.runs) <= 4


class TestWithoutPostgres:
    def test_it_starts_and_waits(self, courier: Courier, postgres: EmbeddedPostgres) -> None:
        promise_id = courier.promise()
        courier.clock.advance(seconds=10)
        postgres.stop()
        with running(watchdog_of(courier)):
            time.sleep(0.5)
            postgres.start()
            wait_until(lambda: len(courier.runs) == 1)
        assert courier.runs[0].id == promise_id

    def test_it_goes_on_where_it_was(
        self, courier: Courier, overdue: list[UUID], postgres: EmbeddedPostgres
    ) -> None:
        courier.errand = lambda _: time.sleep(0.1)
        with running(watchdog_of(courier)):
            wait_until(lambda: len(courier.runs) >= 4)
            postgres.stop()
            time.sleep(1)
            postgres.start()
            wait_until(lambda: len(courier.runs) == len(overdue))
        assert {courier.status(each) for each in overdue} == {"sent"}

    def test_it_stops_as_promptly(self, courier: Courier, postgres: EmbeddedPostgres) -> None:
        with running(watchdog_of(courier)):
            time.sleep(0.3)
            postgres.stop()
            time.sleep(0.5)
            began = time.monotonic()
        took = time.monotonic() - began
        postgres.start()
        assert took < 5


class TestWithoutASchema:
    def test_it_waits_for_the_release(
        self, courier: Courier, overdue: list[UUID], postgres: EmbeddedPostgres
    ) -> None:
        bare = open_database(postgres.url_of("postgres"), patience=timedelta(seconds=1))
        watchdog = Watchdog(bare, courier.promises, Heartbeats(bare, courier.clock))
        with running(watchdog):
            time.sleep(1)
        assert courier.runs == []
