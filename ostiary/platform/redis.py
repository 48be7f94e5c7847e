"""Connections to Redis that never wait long and never retry behind our back."""

from collections.abc import Callable
from typing import Any, TypeVar

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from ostiary.errors import Unavailable
from ostiary.platform.breaker import Breaker
from ostiary.platform.sentinels import Sentinels

T = TypeVar("T")

PATIENCE_SECONDS = 0.3


def connect_redis(url: str) -> Redis:
    """A thread-safe client; "Redis is unavailable" is `redis.RedisError` or `OSError`."""
    options: dict[str, Any] = {
        "decode_responses": True,
        "socket_timeout": PATIENCE_SECONDS,
        "socket_connect_timeout": PATIENCE_SECONDS,
        "retry": Retry(NoBackoff(), 0),
        "health_check_interval": 0,
    }
    sentinels = Sentinels.find(url)
    return sentinels.connect(**options) if sentinels else Redis.from_url(url, **options)


class QuickRedis:
    """A Redis that may be away: an answer within 0.3 s, or None, and None at once after that."""

    def __init__(self, redis: Redis, *, name: str) -> None:
        self._redis = redis
        self._breaker = Breaker(lambda: redis.set(f"ostiary:{name}:probe", "", ex=60), name=name)

    @property
    def is_away(self) -> bool:
        return self._breaker.is_open

    def ask(self, question: Callable[[Redis], T]) -> T | None:
        """None too where Redis answers with an error: full, read-only or loading is away."""
        try:
            self._breaker.check()
            return question(self._redis)
        except Unavailable:
            return None
        except (RedisError, OSError):
            self._breaker.trip()
            return None
