"""Stands in for workers that are not there: what Redis holds for them is thrown away."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from redis import Redis

from ostiary.watch.queues import QUEUES
from workshop.harness.redis import EmbeddedRedis

# Often enough that no queue ever fills up, and nothing is published any more.
EVERY_SECONDS = 0.2


@contextmanager
def no_worker(server: EmbeddedRedis) -> Iterator[None]:
    over = Event()
    thread = Thread(target=_empty, args=(server.client(), over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _empty(redis: Redis, over: Event) -> None:
    while not over.wait(EVERY_SECONDS):
        redis.delete(*QUEUES)
