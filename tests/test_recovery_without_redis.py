"""What a reset has ended stays ended, whatever becomes of Redis."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.app_client import Door, OpenDoor
from tests.servers import redis_program
from tests.waiting import wait_until
from workshop.harness.redis import EmbeddedRedis

ADA = "ada@example.com"
ANOTHER = "another battery staple"
WRONG = "a wrong password"
Later = Callable[..., None]


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(home=tmp_path, durable=False, program=redis_program()) as server:
        yield server


@pytest.fixture
def door(open_door: OpenDoor, own_redis: EmbeddedRedis) -> Door:
    return open_door(RATE_LIMIT_REDIS_URL=own_redis.url)


@pytest.fixture
def tokens(door: Door, own_redis: EmbeddedRedis) -> dict[str, Any]:
    """From before the reset; Redis remembers the refusals of that time for ever, and is dumped."""
    tokens = door.join(ADA)
    for _ in range(6):
        door.log_in(ADA, WRONG)
    redis = own_redis.client()
    for key in redis.keys("login_attempt:*"):
        redis.persist(key)
    redis.save()
    door.post("/v1/auth/password/forgot", email=ADA)
    body = {"token": door.token(ADA), "password": ANOTHER}
    assert door.post("/v1/auth/password/reset", **body).status_code == 200
    return tokens


def ensure_over(door: Door, tokens: dict[str, Any]) -> None:
    assert door.get("/v1/auth/me", tokens["access_token"]).status_code == 401
    assert door.refresh(tokens["refresh_token"]).json["code"] == "refresh_token_invalid"
    assert door.log_in(ADA).status_code == 401
    assert door.log_in(ADA, ANOTHER).status_code == 200


class TestRedis:
    def test_that_was_emptied_brings_nothing_back(
        self, door: Door, tokens: dict[str, Any], own_redis: EmbeddedRedis
    ) -> None:
        own_redis.client().flushall()
        ensure_over(door, tokens)

    def test_that_was_put_back_from_an_old_dump_brings_nothing_back(
        self, door: Door, tokens: dict[str, Any], own_redis: EmbeddedRedis, later: Later
    ) -> None:
        own_redis.kill()
        own_redis.start()
        assert own_redis.client().keys("login_attempt:*")
        door.services.protection.refusals.recall("somebody")
        wait_until(lambda: door.services.protection.limits.mode == "redis")
        later(seconds=5)
        ensure_over(door, tokens)

    def test_that_is_away_keeps_nobody_in(
        self, door: Door, tokens: dict[str, Any], own_redis: EmbeddedRedis
    ) -> None:
        own_redis.kill()
        ensure_over(door, tokens)
