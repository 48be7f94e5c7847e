"""Everything that runs unasked is on one page, and each deployment may change when it does."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, cast

import pytest
from celery.schedules import crontab

from ostiary.errors import Unavailable
from ostiary.platform.settings import Cron, Every, read_settings
from ostiary.services import Services
from ostiary.watch.queues import QUEUES
from tasks import context
from tasks.app import app
from workers.beat import Timekeeper
from workers.timetable import TIMETABLE, beat_schedule

REQUIRED = {
    "DATABASE_URL": "postgresql://ostiary@localhost/ostiary",
    "REDIS_URL": "redis://localhost:6379/0",
    "SECRET_KEYS": "a secret for tests that is long enough",
}


def schedule(**changes: str) -> dict[str, dict[str, Any]]:
    return beat_schedule(read_settings(REQUIRED | changes).schedule)


class TestTheTimetable:
    @pytest.mark.parametrize("task", TIMETABLE.values())
    def test_names_tasks_that_exist(self, task: str) -> None:
        app.loader.import_default_modules()
        assert task in app.tasks

    @pytest.mark.parametrize("task", TIMETABLE.values())
    def test_goes_to_queues_that_are_read(self, task: str) -> None:
        assert app.amqp.router.route({}, task)["queue"].name in QUEUES

    def test_relays_every_five_seconds(self) -> None:
        assert schedule()["RELAY_OUTBOX"]["schedule"].run_every == timedelta(seconds=5)

    def test_prunes_once_a_day(self) -> None:
        pruning = schedule()["PRUNE_HISTORY"]["schedule"]
        assert (len(pruning.hour), len(pruning.minute)) == (1, 1)


class TestAnEntry:
    def test_may_run_at_another_interval(self) -> None:
        changed = schedule(SCHEDULE_EXPIRE_TOKENS="1h")["EXPIRE_TOKENS"]
        assert changed["schedule"].run_every == timedelta(hours=1)

    def test_may_run_at_times_of_the_clock(self) -> None:
        changed = schedule(SCHEDULE_CHECK_READINESS="*/5 8-18 1 * mon")["CHECK_READINESS"]
        assert changed["schedule"] == crontab("*/5", "8-18", "mon", "1", "*")

    @pytest.mark.parametrize(
        ("timing", "expires"),
        [
            (Every(timedelta(seconds=5)), timedelta(seconds=5)),
            (Every(timedelta(days=1)), timedelta(hours=1)),
            (Cron("0", "4", "*", "*", "*"), timedelta(hours=1)),
        ],
    )
    def test_is_void_when_the_next_one_comes(
        self, timing: Every | Cron, expires: timedelta
    ) -> None:
        entries = beat_schedule(dict.fromkeys(TIMETABLE, timing))
        assert {entry["options"]["expires"] for entry in entries.values()} == {expires}


class Recorder:
    """Stands where the services and the nudges do."""

    def __init__(self) -> None:
        self.beats: list[str] = []
        self.published: list[str] = []
        self.runs: dict[str, timedelta] = {}
        self.refusal: Exception | None = None

    @property
    def heartbeats(self) -> "Recorder":
        return self

    def beat(self, process: str, *, runs: Mapping[str, timedelta]) -> None:
        self.beats.append(process)
        if self.refusal:
            raise self.refusal
        self.runs |= runs

    def publish(self, task: str, *, expires: timedelta) -> None:
        self.published.append(task)


class TestBeat:
    @pytest.fixture
    def recorder(self) -> Iterator[Recorder]:
        recorder = Recorder()
        context.offer(lambda: cast(Services, recorder))
        yield recorder
        context.offer(lambda: cast(Services, None))

    @pytest.fixture
    def beat(self, recorder: Recorder) -> Timekeeper:
        app.conf.beat_schedule = schedule()
        return Timekeeper(app=app, publish=recorder.publish, max_interval=5)

    def test_owes_every_entry_a_run_when_it_starts(
        self, beat: Timekeeper, recorder: Recorder
    ) -> None:
        while beat.tick() == 0:
            continue
        assert sorted(recorder.published) == sorted(TIMETABLE.values())

    def test_then_waits_for_the_next(self, beat: Timekeeper, recorder: Recorder) -> None:
        while beat.tick() == 0:
            continue
        assert 0 < beat.tick() <= 5

    def test_leaves_a_sign_of_life_every_three_seconds(
        self, beat: Timekeeper, recorder: Recorder
    ) -> None:
        for _ in range(10):
            beat.tick()
        assert recorder.beats == ["beat"]

    def test_tells_what_it_asked_for(self, beat: Timekeeper, recorder: Recorder) -> None:
        while beat.tick() == 0:
            continue
        beat.heartbeat.beat()
        assert recorder.runs.keys() == TIMETABLE.keys()

    @pytest.mark.parametrize("refusal", [Unavailable(), RuntimeError("a bug")])
    def test_goes_on_when_it_cannot(
        self, beat: Timekeeper, recorder: Recorder, refusal: Exception
    ) -> None:
        recorder.refusal = refusal
        beat.tick()
        assert recorder.published
        recorder.refusal = None
        beat.heartbeat.beat()
        assert recorder.runs
