"""Nudges: tells the workers about a promise without ever making the caller wait."""

import atexit
import os
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from queue import Full, Queue
from typing import Any, cast
from uuid import UUID

import structlog
from celery import Celery
from kombu import Producer
from redis import Redis

from ostiary.errors import Unavailable
from ostiary.platform.breaker import Breaker
from tasks.app import use_broker

log = structlog.get_logger()

ROOM_HERE = 5_000
ROOM_IN_REDIS = 2_000
FAREWELL = timedelta(seconds=1)
PROBE_KEY = "ostiary:nudges:probe"


@dataclass(frozen=True)
class Message:
    task: str
    args: tuple[str, ...]
    expires: float | None
    headers: dict[str, Any]


class Nudges:
    """Callable from any thread; every process, a forked one too, publishes from one of its own.

    A message is dropped when Redis is away or has more than enough of them: it was only a hint.
    """

    def __init__(self, app: Celery) -> None:
        self.app = app
        self.breaker = Breaker(self._write_something, name="broker")
        self._begin()
        os.register_at_fork(after_in_child=self._begin)
        atexit.register(self.close)

    def __call__(self, task: str, promise_id: UUID) -> None:
        self.publish(task, str(promise_id))

    def publish(self, task: str, *args: str, expires: timedelta | None = None) -> None:
        """Never raises, never blocks. An unread message is void after `expires`."""
        message = Message(task, args, expires.total_seconds() if expires else None, _headers())
        try:
            self.breaker.check()
            self._waiting.put_nowait(message)
            self._ensure_publisher()
        except (Unavailable, Full, RuntimeError):
            self.dropped += 1

    def close(self) -> None:
        """Gives what is still waiting a moment to leave."""
        deadline = time.monotonic() + FAREWELL.total_seconds()
        while self._waiting.unfinished_tasks and time.monotonic() < deadline:
            time.sleep(0.005)

    def _begin(self) -> None:
        self.dropped = 0
        self._waiting: Queue[Message] = Queue(ROOM_HERE)
        self._starting = threading.Lock()
        self._publisher: threading.Thread | None = None
        self._producer: Producer | None = None
        self._crowded: set[str] = set()

    def _ensure_publisher(self) -> None:
        if self._publisher is None:
            with self._starting:
                if self._publisher is None:
                    self._publisher = threading.Thread(
                        target=self._publish_forever, name="nudges", daemon=True
                    )
                    self._publisher.start()

    def _publish_forever(self) -> None:
        while True:
            message = self._waiting.get()
            if self.breaker.is_open or not self._publish(message):
                self.dropped += 1
            self._waiting.task_done()

    def _publish(self, message: Message) -> bool:
        try:
            return self._has_room(message.task) and self._send(message)
        except Exception as problem:  # noqa: BLE001
            self._producer = None
            self.breaker.trip()
            log.warning("nudges_stopped", reason=repr(problem))
            return False

    def _has_room(self, task: str) -> bool:
        queue = self.app.amqp.router.route({}, task)["queue"].name
        if _redis(self._connected().connection).llen(queue) < ROOM_IN_REDIS:
            self._crowded.discard(queue)
            return True
        if queue not in self._crowded:
            self._crowded.add(queue)
            log.warning("queue_full", queue=queue, room=ROOM_IN_REDIS)
        return False

    def _send(self, message: Message) -> bool:
        self.app.send_task(
            message.task,
            args=message.args,
            expires=message.expires,
            headers=message.headers,
            producer=self._connected(),
            ignore_result=True,
        )
        if self.dropped:
            log.info("nudges_resumed", dropped=self.dropped)
            self.dropped = 0
        return True

    def _connected(self) -> Producer:
        if self._producer is None:
            connection = self.app.connection_for_write()
            self._producer = self.app.amqp.Producer(connection, auto_declare=False)
        return self._producer

    def _write_something(self) -> None:
        """A Redis that is full or read-only still answers a PING."""
        with self.app.connection_for_write() as connection:
            _redis(connection).set(PROBE_KEY, "", ex=60)


def open_nudges(redis_url: str) -> Nudges:
    """Nothing connects before the first nudge."""
    return Nudges(use_broker(redis_url))


def _redis(connection: Any) -> Redis:
    """The client that Celery itself publishes with, a Sentinel's too."""
    return cast(Redis, connection.default_channel.client)


def _headers() -> dict[str, Any]:
    bound = structlog.contextvars.get_contextvars()
    return {name: bound[name] for name in ("request_id",) if name in bound}
