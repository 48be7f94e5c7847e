"""Connections to Redis that never wait long and never retry behind our back."""

import select
from collections.abc import Callable
from socket import socket
from threading import local
from typing import Any, TypeVar

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from ostiary.errors import Unavailable
from ostiary.platform.breaker import Breaker
from ostiary.platform.resp import Answer, Questions, Word, hear
from ostiary.platform.sentinels import Sentinels

T = TypeVar("T")

PATIENCE_SECONDS = 0.3


def connect_redis(url: str) -> Redis:
    """A thread-safe client; "Redis is unavailable" is `redis.RedisError` or `OSError`."""
    sentinels = Sentinels.find(url)
    return sentinels.connect(**_options()) if sentinels else Redis.from_url(url, **_options())


def connect_sentinels(url: str) -> tuple[str, list[Redis]]:
    """The name of the master and a client of each Sentinel; none where there is no Sentinel."""
    sentinels = Sentinels.find(url)
    return (sentinels.master, sentinels.each(**_options())) if sentinels else ("", [])


def _options() -> dict[str, Any]:
    return {
        "decode_responses": True,
        "socket_timeout": PATIENCE_SECONDS,
        "socket_connect_timeout": PATIENCE_SECONDS,
        "retry": Retry(NoBackoff(), 0),
        "health_check_interval": 0,
    }


class QuickRedis:
    """A Redis that may be away: an answer within 0.3 s, or None, and None at once after that."""

    def __init__(self, redis: Redis, *, name: str) -> None:
        self._redis = redis
        self._thread = local()
        self._breaker = Breaker(lambda: redis.set(f"ostiary:{name}:probe", "", ex=60), name=name)

    @property
    def is_away(self) -> bool:
        return self._breaker.is_open

    def ask(self, question: Callable[["OneConnection"], T]) -> T | None:
        """None too where Redis answers with an error: full, read-only or loading is away."""
        try:
            self._breaker.check()
            return question(self._of_this_thread())
        except Unavailable:
            return None
        except (RedisError, OSError):
            self._breaker.trip()
            return None

    def ask_together(self, questions: Questions, **words: Word) -> list[Answer] | None:
        """As `ask`, in one round trip, and without what the client does for each question."""
        said = questions.about(words)
        return self.ask(lambda redis: redis.converse(said, questions.count))

    def _of_this_thread(self) -> "OneConnection":
        """To take a connection from the pool and to give it back costs more than to ask."""
        redis: OneConnection | None = getattr(self._thread, "redis", None)
        if redis is None:
            pool = self._redis.connection_pool
            redis = OneConnection(connection_pool=pool, single_connection_client=True)
            self._thread.redis = redis
        else:
            redis.renew_if_ended()
        return redis


class OneConnection(Redis):
    """What the client does for every question, to retry and to count, costs more than to ask it."""

    connection: Any

    def renew_if_ended(self) -> None:
        """An idle connection that has something to say was closed; it opens again by itself."""
        if self.connection.should_reconnect() or _is_readable(self.connection._sock):  # noqa: SLF001
            self.connection.disconnect()

    def converse(self, said: bytes, count: int) -> list[Answer]:
        connection = self.connection
        try:
            connection.send_packed_command([said], check_health=False)
            return hear(connection._sock.recv, count, patience=PATIENCE_SECONDS)  # noqa: SLF001
        except BaseException:
            connection.disconnect()
            raise

    def _execute_command(self, *args: Any, **options: Any) -> Any:
        self.connection.send_command(*args, **options)
        return self.parse_response(self.connection, args[0], **options)  # type: ignore[no-untyped-call]


def _is_readable(sock: socket | None) -> bool:
    """Not one that is not open: to open it would wait before the question waits again."""
    if sock is None:
        return False
    look = select.poll()
    look.register(sock, select.POLLIN)
    return bool(look.poll(0))
