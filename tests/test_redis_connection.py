"""Redis is waited for a third of a second and no longer, and never asked twice."""

import time
from collections.abc import Callable

import pytest
import redis

from ostiary.dev.ports import free_port
from ostiary.dev.redis import EmbeddedRedis
from ostiary.platform.redis import connect_redis


def seconds_until_unavailable(act: Callable[[], object]) -> float:
    began = time.monotonic()
    with pytest.raises((redis.RedisError, OSError)):
        act()
    return time.monotonic() - began


class TestARedis:
    def test_that_refuses_is_missed_at_once(self) -> None:
        nobody = connect_redis(f"redis://127.0.0.1:{free_port()}/0")
        assert seconds_until_unavailable(nobody.ping) < 0.25

    def test_that_freezes_is_given_up(self, redis_server: EmbeddedRedis) -> None:
        client = connect_redis(redis_server.url)
        client.ping()
        redis_server.freeze()
        try:
            assert 0.25 < seconds_until_unavailable(client.ping) < 0.5
            assert 0.25 < seconds_until_unavailable(client.ping) < 0.5
        finally:
            redis_server.thaw()
        assert client.ping()

    def test_that_restarts_is_found_again(self, redis_server: EmbeddedRedis) -> None:
        client = connect_redis(redis_server.url)
        client.ping()
        redis_server.restart()
        assert client.ping()

    def test_speaks_in_strings(self, redis_url: str) -> None:
        client = connect_redis(redis_url)
        client.set("door", "ajar")
        assert client.get("door") == "ajar"
