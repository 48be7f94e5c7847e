"""Redis remembers refusals for five seconds, whatever becomes of its own clock and keys."""

from collections.abc import Callable

import pytest
from redis import Redis

from ostiary.platform.redis import connect_redis
from tests.app_client import Door, OpenDoor

ADA = "ada@example.com"
WRONG = "a wrong password"
Later = Callable[..., None]


@pytest.fixture
def redis(redis_url: str) -> Redis:
    return connect_redis(redis_url)


@pytest.fixture
def locked(open_door: OpenDoor, redis_url: str) -> Door:
    """And remembered, though the lock itself was deleted."""
    door = open_door(RATE_LIMIT_REDIS_URL=redis_url)
    door.join(ADA)
    for _ in range(6):
        door.log_in(ADA, WRONG)
    door.services.database.run("DELETE FROM lockout")
    return door


def remembered(redis: Redis) -> str:
    keys = list(redis.scan_iter("login_attempt:*"))
    assert len(keys) == 1
    return str(keys[0])


class TestARefusal:
    def test_is_remembered(self, locked: Door) -> None:
        assert locked.log_in(ADA).status_code == 429

    def test_that_was_replayed_later_is_forgotten(
        self, locked: Door, redis: Redis, later: Later
    ) -> None:
        redis.persist(remembered(redis))
        later(seconds=5)
        assert locked.log_in(ADA).status_code == 200

    @pytest.mark.parametrize("garbage", ["", "x", "1", "1 2 3", "nan nan", "9e99 9e99"])
    def test_that_nobody_can_read_is_none(self, locked: Door, redis: Redis, garbage: str) -> None:
        redis.set(remembered(redis), garbage)
        assert locked.log_in(ADA).status_code == 200
