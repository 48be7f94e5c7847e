"""Redis is waited for a third of a second and no longer, and never asked twice."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from ostiary.platform.redis import QuickRedis, connect_redis
from workshop.harness.ports import free_port
from workshop.harness.redis import EmbeddedRedis


def seconds_until_unavailable(act: Callable[[], object]) -> float:
    began = time.monotonic()
    with pytest.raises((redis.RedisError, OSError)):
        act()
    return time.monotonic() - began


def seconds_until_away(quick: QuickRedis) -> float:
    began = time.monotonic()
    assert quick.ask(lambda redis: redis.ping()) is None
    return time.monotonic() - began


class TestARedis:
    def test_that_refuses_is_missed_at_once(self) -> None:
        nobody = connect_redis(f"redis://127.0.0.1:{free_port()}/0")
        assert min(seconds_until_unavailable(nobody.ping) for _ in range(4)) < 0.25

    def test_that_freezes_is_given_up(self, redis_server: EmbeddedRedis) -> None:
        client = connect_redis(redis_server.url)
        client.ping()
        redis_server.freeze()
        try:
            took = [seconds_until_unavailable(client.ping) for _ in range(4)]
            assert 0.25 < min(took) < 0.5
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


class TestAQuickRedis:
    def test_does_not_miss_one_that_was_restarted(self, redis_server: EmbeddedRedis) -> None:
        quick = QuickRedis(connect_redis(redis_server.url), name="doors")
        assert quick.ask(lambda redis: redis.set("door", "ajar"))
        redis_server.restart()
        assert quick.ask(lambda redis: redis.ping())
        assert not quick.is_away

    def test_keeps_a_connection_for_each_thread(self, redis_url: str) -> None:
        quick = QuickRedis(connect_redis(redis_url), name="doors")
        mine = [quick.ask(lambda redis: redis.client_id()) for _ in range(2)]
        with ThreadPoolExecutor(1) as other:
            theirs = other.submit(quick.ask, lambda redis: redis.client_id()).result()
        assert mine[0] == mine[1] != theirs

    def test_waits_once_for_one_that_froze_while_it_was_not_connected(
        self, redis_server: EmbeddedRedis
    ) -> None:
        quick = [QuickRedis(connect_redis(redis_server.url), name="doors") for _ in range(4)]
        for each in quick:
            each.ask(lambda redis: redis.connection.disconnect())
        redis_server.freeze()
        try:
            assert 0.25 < min(map(seconds_until_away, quick)) < 0.5
        finally:
            redis_server.thaw()
