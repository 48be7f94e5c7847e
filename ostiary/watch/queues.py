"""The broker's queues, and how much waits in each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from redis import Redis

from ostiary.platform.redis import QuickRedis

QUEUES = ("mail", "sweeps", "checks", "alerts")


@dataclass(frozen=True)
class Queues:
    redis: QuickRedis

    def lengths(self) -> Mapping[str, int]:
        """Messages that no worker has taken; nothing while Redis is away."""
        return dict(zip(QUEUES, self.redis.ask(_lengths) or (), strict=False))


def _lengths(redis: Redis) -> list[int]:
    """In one round trip."""
    asked: Any = redis.pipeline(transaction=False)
    for queue in QUEUES:
        asked.llen(queue)
    return cast(list[int], asked.execute())
