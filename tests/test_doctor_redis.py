"""The doctor sees what is wrong with Redis: each illness is a real one, in a real server."""

from collections.abc import Iterator

import pytest
from redis import Redis

from ostiary.doctor import redis as looks
from tests.doctor_fixture import Clinic, clinic, ward

__all__ = ["clinic", "ward"]


@pytest.fixture
def broker(clinic: Clinic) -> Iterator[Redis]:
    """What a test configures ends with it."""
    client = clinic.redis.client()
    yield client
    client.config_set("maxmemory", 0)
    client.config_set("maxmemory-policy", "noeviction")
    client.config_set("min-replicas-to-write", 0)
    client.config_set("appendonly", "yes")
    client.config_set("save", "")


class TestRedis:
    def test_that_evicts(self, clinic: Clinic, broker: Redis) -> None:
        broker.config_set("maxmemory-policy", "allkeys-lru")
        assert clinic.found("Redis") == {"redis_evicts"}

    def test_that_is_full(self, clinic: Clinic, broker: Redis) -> None:
        broker.config_set("maxmemory", 1)
        assert clinic.found("Redis") == {"redis_memory_low", "redis_refuses_writes"}

    def test_that_takes_no_writes(self, clinic: Clinic, broker: Redis) -> None:
        broker.config_set("min-replicas-to-write", 1)
        assert clinic.found("Redis") == {"redis_refuses_writes"}

    def test_that_forgets(self, clinic: Clinic, broker: Redis) -> None:
        broker.config_set("appendonly", "no")
        assert clinic.found("Redis") == {"redis_not_persistent"}

    def test_that_forgets_what_came_since_its_snapshot(self, clinic: Clinic, broker: Redis) -> None:
        broker.config_set("save", "3600 1")
        assert clinic.found("Redis") == set()
        broker.config_set("appendonly", "no")
        assert clinic.found("Redis") == {"redis_snapshots_alone"}

    def test_that_holds_a_long_queue(self, clinic: Clinic, broker: Redis) -> None:
        broker.rpush("sweeps", *["a message"] * 101)
        [found] = clinic.examine("Redis").findings
        assert (found.advice.id, found.evidence) == ("queue_long", "Waiting: sweeps (101).")

    def test_that_is_away(self, clinic: Clinic) -> None:
        report = clinic.examine("Redis", REDIS_URL="redis://:a-secret@127.0.0.1:1/0")
        assert [each.advice.id for each in report.findings] == ["redis_unreachable"]
        assert "a-secret" not in report.findings[0].evidence

    def test_that_anybody_may_use(self, clinic: Clinic) -> None:
        site = clinic.site()
        public = clinic.site(
            APP_ENV="production",
            CORS_ORIGINS="https://app.example.com",
            PUBLIC_URL="https://id.example.com",
        )
        assert [*looks.password(site, "REDIS_URL", "redis://redis/0")] == []
        assert [*looks.password(public, "REDIS_URL", "redis://:word@redis/0")] == []
        [found] = looks.password(public, "REDIS_URL", "redis://redis/0")
        assert found.id == "redis_without_password"

    def test_that_is_slow(self) -> None:
        assert [each.id for each in looks.slowness("REDIS_URL", 0.06)] == ["redis_slow"]
        assert [*looks.slowness("REDIS_URL", 0.04)] == []

    @pytest.mark.parametrize(("version", "found"), [("6.0.16", ["redis_old"]), ("7.0.15", [])])
    def test_that_is_old(self, version: str, found: list[str]) -> None:
        server = looks.Server("REDIS_URL", {"redis_version": version}, None)
        assert [each.id for each in looks.version(server)] == found

    def test_that_cannot_save(self) -> None:
        info = {"aof_enabled": 1, "aof_last_write_status": "err", "rdb_last_bgsave_status": "ok"}
        server = looks.Server("REDIS_URL", info, "")
        assert [each.id for each in looks.persistence(server)] == ["redis_cannot_save"]


class TestTheRedisOfTheLimits:
    def test_that_is_away_is_a_warning(self, clinic: Clinic) -> None:
        report = clinic.examine(RATE_LIMIT_REDIS_URL="redis://127.0.0.1:1/0")
        assert [each.advice.id for each in report.findings] == ["limits_redis_unreachable"]
        assert report.verdict == "warning"

    def test_that_is_the_broker_is_looked_at_once(self, clinic: Clinic, broker: Redis) -> None:
        broker.config_set("maxmemory-policy", "allkeys-lru")
        report = clinic.examine(RATE_LIMIT_REDIS_URL=clinic.redis.url)
        assert [each.advice.id for each in report.findings] == ["redis_evicts"]
