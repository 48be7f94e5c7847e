"""Connections to Redis that never wait long and never retry behind our back."""

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

PATIENCE_SECONDS = 0.3


def connect_redis(url: str) -> Redis:
    """A thread-safe client; "Redis is unavailable" is `redis.RedisError` or `OSError`."""
    return Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=PATIENCE_SECONDS,
        socket_connect_timeout=PATIENCE_SECONDS,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=0,
    )
