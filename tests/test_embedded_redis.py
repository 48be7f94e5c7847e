"""A private Redis keeps what it was told and can be made to fail."""

import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from workshop.harness.process_tree import find_process
from workshop.harness.redis import EmbeddedRedis


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(home=tmp_path) as server:
        yield server


class TestRedis:
    def test_refuses_to_answer_without_the_password(self, own_redis: EmbeddedRedis) -> None:
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=own_redis.port, retry=Retry(NoBackoff(), 0)).ping()

    def test_keeps_what_a_client_wrote_before_a_crash(self, own_redis: EmbeddedRedis) -> None:
        own_redis.client().set("kept", "7")
        own_redis.kill()
        own_redis.start()
        assert own_redis.client().get("kept") == b"7"

    def test_never_evicts(self, own_redis: EmbeddedRedis) -> None:
        policy = own_redis.client().config_get("maxmemory-policy")
        assert policy == {"maxmemory-policy": "noeviction"}

    def test_hangs_while_frozen(self, own_redis: EmbeddedRedis) -> None:
        own_redis.freeze()
        with pytest.raises(redis.TimeoutError):
            own_redis.client().ping()
        own_redis.thaw()
        assert own_redis.client().ping()

    def test_does_not_show_its_password_among_the_processes(self, own_redis: EmbeddedRedis) -> None:
        found = find_process(own_redis.pid)
        assert found
        assert own_redis.password not in found.command
        assert stat.S_IMODE((own_redis.home / "redis.conf").stat().st_mode) == 0o600

    def test_ends_the_one_that_a_killed_run_left(self, own_redis: EmbeddedRedis) -> None:
        heir = EmbeddedRedis(home=own_redis.home, port=own_redis.port, password=own_redis.password)
        heir.settle()
        assert heir.port == own_redis.port
        with heir:
            assert heir.client().ping()

    def test_moves_when_a_stranger_has_its_port(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            server = EmbeddedRedis(home=tmp_path, port=taken.getsockname()[1])
            server.settle()
            assert server.port != taken.getsockname()[1]
