"""The publisher: hands one message after the other to Redis, unless enough of them wait there."""

import time
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import structlog
from celery import Celery
from kombu import Producer

from ostiary.platform.redis import OneConnection
from tasks.messages import Message

log = structlog.get_logger()

ROOM_IN_REDIS = 2_000
# A look costs as much as a message, so one serves for many.
A_LOOK_SERVES, FOR_SECONDS = 100, 1.0
PROBE_KEY = "ostiary:nudges:probe"


@dataclass
class _Look:
    """At how many messages there is still room for, though others publish meanwhile."""

    left: int
    until: float = field(default_factory=lambda: time.monotonic() + FOR_SECONDS)

    def still_serves(self) -> bool:
        self.left -= 1
        return self.left >= 0 and time.monotonic() < self.until


class Publisher:
    """Belongs to one thread, as its connection does."""

    def __init__(self, app: Celery) -> None:
        self.app = app
        self._producer: Producer | None = None
        self._queues: dict[str, str] = {}
        self._full: set[str] = set()
        self._looks: dict[str, _Look] = {}

    def publish(self, message: Message) -> bool:
        """False when its queue is full; raises whatever Redis and its clients come up with."""
        try:
            queue = self._queue_of(message.task)
            return self._has_room(queue) and self._send(message, queue)
        except Exception:
            self._producer = None
            raise

    def probe(self) -> None:
        """A write, because a Redis that is full or read-only still answers a PING."""
        with self.app.connection_for_write() as connection:
            _channel(connection).client.set(PROBE_KEY, "", ex=60)

    def _queue_of(self, task: str) -> str:
        if task not in self._queues:
            self._queues[task] = self.app.amqp.router.route({}, task)["queue"].name
        return self._queues[task]

    def _has_room(self, queue: str) -> bool:
        if (look := self._looks.get(queue)) and look.still_serves():
            return True
        room = ROOM_IN_REDIS - _channel(self._connected().connection).client.llen(queue)
        self._looks[queue] = _Look(min(room, A_LOOK_SERVES) - 1)
        if room > 0:
            self._full.discard(queue)
            return True
        if queue not in self._full:
            self._full.add(queue)
            log.warning("queue_full", queue=queue, room=ROOM_IN_REDIS)
        return False

    def _send(self, message: Message, queue: str) -> bool:
        """As `send_task` does, without looking up what is the same for each."""
        amqp = self.app.amqp
        envelope = amqp.create_task_message(
            str(uuid4()),
            message.task,
            message.args,
            expires=message.expires,
            argsrepr=repr(message.args),
            kwargsrepr="{}",
            ignore_result=True,
        )
        amqp.send_task_message(
            self._connected(),
            message.task,
            envelope,
            headers=message.headers,
            queue=queue,
            declare=(),
        )
        return True

    def _connected(self) -> Producer:
        if self._producer is None:
            connection = self.app.connection_for_write()
            _quicken(_channel(connection))
            self._producer = self.app.amqp.Producer(connection, auto_declare=False)
        _channel(self._producer.connection).client.renew_if_ended()
        return self._producer


def _channel(connection: Any) -> Any:
    """Its client is the one that Celery itself publishes with, a Sentinel's too."""
    return connection.default_channel


def _quicken(channel: Any) -> None:
    """Kombu makes a client for each command, and that costs more than the command."""
    pool = channel.client.connection_pool
    client = channel.client = OneConnection(connection_pool=pool, single_connection_client=True)
    channel.conn_or_acquire = lambda: nullcontext(client)
