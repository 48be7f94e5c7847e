"""The publisher: hands one message after the other to Redis, unless enough of them wait there."""

from dataclasses import dataclass
from typing import Any, cast

import structlog
from celery import Celery
from kombu import Producer
from redis import Redis

log = structlog.get_logger()

ROOM_IN_REDIS = 2_000
PROBE_KEY = "ostiary:nudges:probe"


@dataclass(frozen=True)
class Message:
    """`expires` is in seconds."""

    task: str
    args: tuple[str, ...]
    expires: float | None
    headers: dict[str, str]


class Publisher:
    """Belongs to one thread, as its connection does."""

    def __init__(self, app: Celery) -> None:
        self.app = app
        self._producer: Producer | None = None
        self._full: set[str] = set()

    def publish(self, message: Message) -> bool:
        """False when its queue is full; raises whatever Redis and its clients come up with."""
        try:
            return self._has_room(message.task) and self._send(message)
        except Exception:
            self._producer = None
            raise

    def probe(self) -> None:
        """A write, because a Redis that is full or read-only still answers a PING."""
        with self.app.connection_for_write() as connection:
            _redis(connection).set(PROBE_KEY, "", ex=60)

    def _has_room(self, task: str) -> bool:
        queue = self.app.amqp.router.route({}, task)["queue"].name
        if _redis(self._connected().connection).llen(queue) < ROOM_IN_REDIS:
            self._full.discard(queue)
            return True
        if queue not in self._full:
            self._full.add(queue)
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
        return True

    def _connected(self) -> Producer:
        if self._producer is None:
            connection = self.app.connection_for_write()
            self._producer = self.app.amqp.Producer(connection, auto_declare=False)
        return self._producer


def _redis(connection: Any) -> Redis:
    """The client that Celery itself publishes with, a Sentinel's too."""
    return cast(Redis, connection.default_channel.client)
