"""Nudges: tells the workers about a promise without ever making the caller wait."""

import atexit
import os
import threading
import time
from contextlib import suppress
from datetime import timedelta
from queue import Empty, Full, Queue
from uuid import UUID

import structlog
from celery import Celery

from ostiary.errors import Unavailable
from ostiary.platform.breaker import Breaker
from ostiary.platform.tracing import origin, resumed
from tasks.app import use_broker
from tasks.messages import Message, merge
from tasks.publisher import Publisher

log = structlog.get_logger()

ROOM_HERE = 5_000
FAREWELL = timedelta(seconds=1)
# A message costs a quarter of a millisecond of a core, and one can tell of many promises: the first
# leaves at once, and whatever comes in the meantime leaves together.
PAUSE = timedelta(milliseconds=50)


class Nudges:
    """Callable from any thread; every process, a forked one too, publishes from one of its own.

    A message is dropped when Redis is away or has more than enough of them: it was only a hint.
    """

    def __init__(self, app: Celery) -> None:
        self.app = app
        self._begin()
        os.register_at_fork(after_in_child=self._begin)
        atexit.register(self.close)

    def __call__(self, task: str, *promise_ids: UUID) -> None:
        self.publish(task, *map(str, promise_ids))

    def publish(self, task: str, *args: str, expires: timedelta | None = None) -> None:
        """Never raises, never blocks. An unread message is void after `expires`."""
        message = Message(task, args, expires.total_seconds() if expires else None, origin())
        try:
            self.breaker.check()
            self._waiting.put_nowait(message)
            self._ensure_publishing()
        except (Unavailable, Full, RuntimeError):
            self.dropped += 1

    def close(self) -> None:
        """Gives what is still waiting a moment to leave."""
        deadline = time.monotonic() + FAREWELL.total_seconds()
        while self._waiting.unfinished_tasks and time.monotonic() < deadline:
            time.sleep(0.005)

    def _begin(self) -> None:
        self.dropped = 0
        self.publisher = Publisher(self.app)
        self.breaker = Breaker(self.publisher.probe, name="broker")
        self._waiting: Queue[Message] = Queue(ROOM_HERE)
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def _ensure_publishing(self) -> None:
        with self._starting:
            if self._thread is None:
                thread = threading.Thread(target=self._publish_forever, name="nudges", daemon=True)
                thread.start()
                self._thread = thread

    def _publish_forever(self) -> None:
        while True:
            taken = self._take()
            for message in merge(taken):
                if self.breaker.is_open or not self._publish(message):
                    self.dropped += len(message.args) or 1
            for _ in taken:
                self._waiting.task_done()
            time.sleep(PAUSE.total_seconds())

    def _take(self) -> list[Message]:
        """All that wait, as soon as one does."""
        taken = [self._waiting.get()]
        with suppress(Empty):
            while True:
                taken.append(self._waiting.get_nowait())
        return taken

    def _publish(self, message: Message) -> bool:
        try:
            with resumed(message.headers):
                published = self.publisher.publish(message)
        except Exception as problem:  # noqa: BLE001
            self.breaker.trip()
            log.warning("nudges_stopped", reason=repr(problem))
            return False
        if published and self.dropped:
            log.info("nudges_resumed", dropped=self.dropped)
            self.dropped = 0
        return published


def open_nudges(redis_url: str) -> Nudges:
    """Nothing connects before the first nudge."""
    return Nudges(use_broker(redis_url))
