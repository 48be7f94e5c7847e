"""Readiness tells what the last looks found, and since when, without ever looking or waiting."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event
from typing import cast

import pytest

from ostiary.watch.checks import CHECKS, EVERY, Checks, Look, Status
from ostiary.watch.readiness import PATIENCE, Readiness, Report
from tests.app_client import Door, HeldClock, OpenDoor
from tests.doctor_fixture import frozen
from tests.waiting import wait_until
from workshop.harness.ports import free_port
from workshop.harness.redis import EmbeddedRedis

EVERYTHING_UP: dict[str, Status] = dict.fromkeys(CHECKS, "up")


@dataclass
class Looks:
    """Checks that find what a test says."""

    found: dict[str, Status] = field(default_factory=lambda: dict(EVERYTHING_UP))
    hangs: bool = False
    every: timedelta = EVERY
    is_over: Event = field(default_factory=Event)
    count: int = 0

    def looks(self) -> tuple[Look, ...]:
        return (
            Look("all", self.look_at_all, self.every),
            Look("mail", self.look_at_the_slow_one, self.every),
        )

    def look_at_all(self) -> dict[str, Status]:
        self.count += 1
        return {name: status for name, status in self.found.items() if name != "mail"}

    def look_at_the_slow_one(self) -> dict[str, Status]:
        if self.hangs:
            self.is_over.wait(10)
        return {"mail": self.found["mail"]}


@pytest.fixture
def looks() -> Looks:
    return Looks()


@pytest.fixture
def readiness(looks: Looks, clock: HeldClock) -> Iterator[Readiness]:
    readiness = Readiness(cast(Checks, looks), clock)
    yield readiness
    looks.is_over.set()
    readiness.stop()


def verdict(readiness: Readiness) -> str:
    readiness.look()
    return readiness.report().status


class TestTheVerdict:
    def test_is_ready_when_everything_is_up(self, readiness: Readiness) -> None:
        assert verdict(readiness) == "ready"

    @pytest.mark.parametrize("check", ["redis", "workers", "beat", "watch", "mail"])
    @pytest.mark.parametrize("status", ["down", "stale"])
    def test_is_degraded_without_what_nobody_needs_to_log_in(
        self, readiness: Readiness, looks: Looks, check: str, status: Status
    ) -> None:
        looks.found[check] = status
        assert verdict(readiness) == "degraded"

    @pytest.mark.parametrize("check", ["postgres", "migrations"])
    def test_is_unavailable_without_what_everybody_needs(
        self, readiness: Readiness, looks: Looks, check: str
    ) -> None:
        looks.found[check] = "down"
        assert verdict(readiness) == "unavailable"

    def test_is_unavailable_before_the_first_look(self, readiness: Readiness) -> None:
        report = readiness.report()
        assert report.status == "unavailable"
        assert {finding.status for finding in report.checks.values()} == {"stale"}

    def test_is_asked_for_without_looking(self, readiness: Readiness, looks: Looks) -> None:
        for _ in range(100):
            readiness.report()
        assert looks.count == 0


class TestSince:
    def test_is_the_moment_of_the_last_change(
        self, readiness: Readiness, looks: Looks, clock: HeldClock
    ) -> None:
        readiness.look()
        clock.advance(seconds=2)
        looks.found["redis"] = "down"
        readiness.look()
        assert since(readiness, "redis") == clock()

    def test_stays_while_nothing_changes(self, readiness: Readiness, clock: HeldClock) -> None:
        began = clock()
        for _ in range(10):
            readiness.look()
            clock.advance(seconds=2)
        assert since(readiness, "redis") == began

    def test_is_unknown_before_the_first_look(self, readiness: Readiness) -> None:
        assert since(readiness, "redis") is None


class TestALookThatHangs:
    @pytest.fixture
    def hanging(self, readiness: Readiness, clock: HeldClock) -> Readiness:
        """The last look came back ten seconds ago."""
        readiness.look()
        clock.advance(seconds=10)
        return readiness

    def test_has_found_something_for_a_while(self, readiness: Readiness, clock: HeldClock) -> None:
        readiness.look()
        clock.advance(seconds=(EVERY + PATIENCE).total_seconds())
        assert readiness.report().status == "ready"

    def test_has_found_nothing_in_the_end(self, hanging: Readiness) -> None:
        assert hanging.report().status == "unavailable"

    def test_is_down_since_it_was_last_up(self, hanging: Readiness, clock: HeldClock) -> None:
        last_up = clock() - timedelta(seconds=10)
        clock.advance(seconds=5)
        assert since(hanging, "mail") == last_up

    def test_is_up_since_it_came_back(self, hanging: Readiness, clock: HeldClock) -> None:
        hanging.look()
        assert since(hanging, "mail") == clock()

    def test_holds_up_no_other(self, readiness: Readiness, looks: Looks) -> None:
        looks.hangs = True
        readiness.start()
        wait_until(lambda: readiness.report().checks["postgres"].status == "up")
        assert readiness.report().checks["mail"].status == "stale"

    def test_does_not_hold_up_the_end(self, readiness: Readiness, looks: Looks) -> None:
        looks.hangs = True
        readiness.start()
        began = time.monotonic()
        readiness.stop()
        assert time.monotonic() - began < 5


class TestALookThatFails:
    def test_is_tried_again(self, readiness: Readiness, looks: Looks) -> None:
        del looks.found["mail"]
        looks.every /= 10
        readiness.start()
        wait_until(lambda: looks.count > 1)
        looks.found["mail"] = "up"
        wait_until(lambda: readiness.report().checks["mail"].status == "up")


class TestTheRealThing:
    def test_is_ready_when_everybody_is_there(self, door: Door) -> None:
        for process in ("worker", "beat", "watch"):
            door.services.heartbeats.beat(process)
        assert report(door).status == "ready"

    def test_misses_processes_that_were_not_seen_lately(
        self, door: Door, later: Callable[..., None]
    ) -> None:
        door.services.heartbeats.beat("worker")
        later(seconds=13)
        assert statuses(door)["workers"] == "stale"

    def test_misses_a_redis_that_is_away(self, open_door: OpenDoor) -> None:
        door = open_door(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
        assert statuses(door)["redis"] == "down"

    def test_misses_a_redis_that_is_full(self, door: Door, redis_server: EmbeddedRedis) -> None:
        redis = redis_server.client()
        redis.config_set("maxmemory", "1")
        try:
            assert statuses(door)["redis"] == "down"
        finally:
            redis.config_set("maxmemory", "0")

    def test_misses_a_redis_that_stands_still(
        self, door: Door, redis_server: EmbeddedRedis
    ) -> None:
        began = time.monotonic()
        with frozen(redis_server):
            assert statuses(door)["redis"] == "down"
        assert time.monotonic() - began < 5

    def test_misses_a_mail_server_that_is_away(self, open_door: OpenDoor) -> None:
        door = open_door(SMTP_URL=f"smtp://127.0.0.1:{free_port()}?starttls=off")
        assert statuses(door)["mail"] == "down"

    def test_misses_postgres_and_says_nothing_of_what_it_knows(self, open_door: OpenDoor) -> None:
        door = open_door(DATABASE_URL=f"postgresql://nobody@127.0.0.1:{free_port()}/none")
        found = statuses(door)
        door.services.database.breaker.close()
        assert (found["postgres"], found["migrations"], found["workers"]) == (
            "down",
            "stale",
            "stale",
        )

    def test_misses_the_tables_of_this_release(self, door: Door) -> None:
        newest = door.services.database.fetch_all("SELECT max(number) AS n FROM migration")[0].n
        swap = "UPDATE migration SET number = %(new)s WHERE number = %(old)s"
        door.services.database.run(swap, new=9999, old=newest)
        try:
            assert report(door).status == "unavailable"
        finally:
            door.services.database.run(swap, new=newest, old=9999)

    def test_keeps_a_history(self, door: Door) -> None:
        door.services.records.record()
        rows = door.services.database.fetch_all("SELECT * FROM readiness")
        assert [(row.status, row.checks["workers"]) for row in rows] == [("degraded", "stale")]


class TestTheAnswer:
    def test_is_ready_while_logging_in_is_possible(self, door: Door) -> None:
        door.services.readiness.look()
        answered = door.get("/ready")
        assert (answered.status_code, answered.json["status"]) == (200, "degraded")
        assert answered.json["checks"]["workers"]["status"] == "stale"
        assert answered.json["checks"].keys() == set(CHECKS)

    def test_shows_a_permit_only_where_drills_are_allowed(self, open_door: OpenDoor) -> None:
        assert "X-Drill-Permit" not in open_door().get("/ready").headers
        assert open_door(DRILLS_ALLOWED="true").get("/ready").headers["X-Drill-Permit"]

    def test_is_a_report_too_where_it_is_not(self, open_door: OpenDoor) -> None:
        door = open_door(DATABASE_URL=f"postgresql://u:p@127.0.0.1:{free_port()}/none")
        door.services.readiness.look()
        answered = door.get("/ready")
        assert (answered.status_code, answered.headers["Retry-After"]) == (503, "2")
        assert answered.json["checks"]["postgres"]["status"] == "down"


def report(door: Door) -> Report:
    door.services.readiness.look()
    return door.services.readiness.report()


def statuses(door: Door) -> dict[str, str]:
    return {name: finding.status for name, finding in report(door).checks.items()}


def since(readiness: Readiness, check: str) -> object:
    return readiness.report().checks[check].since
