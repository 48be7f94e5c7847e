"""The scheduler of the beat process: in memory, and never held up by Redis or Postgres."""

from datetime import timedelta
from typing import Any, Protocol

from celery.apps.beat import Beat
from celery.beat import ScheduleEntry, Scheduler

from workers.heartbeat import Heartbeat

BEAT_WAKES_EVERY = timedelta(seconds=1)


class Publish(Protocol):
    def __call__(self, task: str, *, expires: timedelta) -> None: ...


class Timekeeper(Scheduler):
    """Publishes as every process does, without waiting: a run that cannot leave is missed."""

    def __init__(self, *args: Any, publish: Publish, **kwargs: Any) -> None:
        self.publish = publish
        self.heartbeat = Heartbeat("beat")
        super().__init__(*args, **kwargs)

    def tick(self, *args: Any, **kwargs: Any) -> float:
        self.heartbeat.beat_if_due()
        return super().tick(*args, **kwargs)

    def apply_entry(self, entry: ScheduleEntry, producer: object = None) -> None:
        self.publish(str(entry.task), **(entry.options or {}))
        self.heartbeat.note_run(str(entry.name))

    @property
    def producer(self) -> Any:
        """None, because Celery's own would wait here until Redis is back."""


class QuietBeat(Beat):
    """A beat without a banner: stdout carries log lines only."""

    def run(self) -> None:
        self.quiet = True
        super().run()
