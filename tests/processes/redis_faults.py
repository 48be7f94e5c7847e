"""What can happen to Redis, each for a number of seconds, and how it comes back."""

import time
from collections.abc import Callable

from workshop.harness.redis import EmbeddedRedis

Fault = Callable[[EmbeddedRedis, float], None]

NOWHERE = ("127.0.0.1", 1)


def healthy(_redis: EmbeddedRedis, seconds: float) -> None:
    time.sleep(seconds)


def killed(redis: EmbeddedRedis, seconds: float) -> None:
    redis.kill()
    time.sleep(seconds)
    redis.start()


def frozen(redis: EmbeddedRedis, seconds: float) -> None:
    redis.freeze()
    time.sleep(seconds)
    redis.thaw()


def flushed(redis: EmbeddedRedis, seconds: float) -> None:
    for _ in range(round(seconds)):
        redis.client().flushall()
        time.sleep(1)


def full(redis: EmbeddedRedis, seconds: float) -> None:
    redis.client().config_set("maxmemory", 1)
    time.sleep(seconds)
    redis.client().config_set("maxmemory", 0)


def read_only(redis: EmbeddedRedis, seconds: float) -> None:
    redis.client().replicaof(*NOWHERE)
    time.sleep(seconds)
    redis.client().replicaof("NO", "ONE")


def flapping(redis: EmbeddedRedis, seconds: float) -> None:
    """Killed, back empty, frozen, back: a change every two seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for fault in (killed, frozen):
            fault(redis, 2)
            time.sleep(2)


FAULTS: dict[str, Fault] = {
    "healthy": healthy,
    "killed": killed,
    "frozen": frozen,
    "flushed every second": flushed,
    "full": full,
    "read-only": read_only,
    "flapping every 2 s": flapping,
}
