"""A nudge costs its caller nothing, whatever Redis does, and may be lost but never wait."""

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import redis
from structlog.contextvars import bound_contextvars

from ostiary.dev.ports import free_port
from ostiary.dev.redis import EmbeddedRedis
from tasks.nudges import Nudges, open_nudges
from tasks.publisher import ROOM_IN_REDIS

LETTER = "tasks.mail.send_verification_email"

NUDGE_AND_LEAVE = """
import sys, uuid
from tasks.nudges import open_nudges
open_nudges(sys.argv[1])("tasks.mail.send_verification_email", uuid.uuid4())
"""


@pytest.fixture
def nudges(redis_url: str) -> Iterator[Nudges]:
    nudges = open_nudges(redis_url)
    yield nudges
    nudges.close()


@pytest.fixture
def queue(redis_server: EmbeddedRedis) -> redis.Redis:
    return redis_server.client()


@pytest.fixture
def frozen(redis_server: EmbeddedRedis) -> Iterator[EmbeddedRedis]:
    redis_server.freeze()
    yield redis_server
    redis_server.thaw()


def within(seconds: float, true: Callable[[], object]) -> bool:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)
    return bool(true())


def newest(queue: redis.Redis, name: str = "mail") -> dict[str, Any]:
    assert within(3, lambda: queue.llen(name))
    message: dict[str, Any] = json.loads(queue.lindex(name, 0) or "")
    return message | {"args": json.loads(base64.b64decode(message["body"]))[0]}


def seconds_of(calls: int, nudges: Nudges) -> float:
    began = time.monotonic()
    for _ in range(calls):
        nudges(LETTER, uuid4())
    return time.monotonic() - began


class TestANudge:
    def test_names_the_task_and_the_promise(self, nudges: Nudges, queue: redis.Redis) -> None:
        promise_id = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
        nudges(LETTER, promise_id)
        message = newest(queue)
        assert (message["headers"]["task"], message["args"]) == (LETTER, [str(promise_id)])

    def test_carries_the_request_id(self, nudges: Nudges, queue: redis.Redis) -> None:
        with bound_contextvars(request_id="asked-by-this", account_id="not this"):
            nudges(LETTER, uuid4())
        headers = newest(queue)["headers"]
        assert (headers["request_id"], "account_id" in headers) == ("asked-by-this", False)

    def test_carries_the_trace(self, nudges: Nudges, queue: redis.Redis) -> None:
        traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        with bound_contextvars(traceparent=traceparent):
            nudges(LETTER, uuid4())
        assert newest(queue)["headers"]["traceparent"] == traceparent

    def test_may_become_void(self, nudges: Nudges, queue: redis.Redis) -> None:
        nudges.publish("tasks.checks.check_readiness", expires=timedelta(seconds=15))
        assert newest(queue, "checks")["headers"]["expires"] is not None

    def test_arrives_in_a_redis_that_forgot_everything(
        self, nudges: Nudges, queue: redis.Redis
    ) -> None:
        nudges(LETTER, uuid4())
        newest(queue)
        queue.flushall()
        nudges(LETTER, uuid4())
        assert newest(queue)

    def test_is_not_added_to_more_than_enough(self, nudges: Nudges, queue: redis.Redis) -> None:
        queue.lpush("mail", *["waiting"] * ROOM_IN_REDIS)
        nudges(LETTER, uuid4())
        assert within(3, lambda: nudges.dropped == 1)
        assert queue.llen("mail") == ROOM_IN_REDIS

    def test_leaves_before_its_process_does(self, redis_url: str, queue: redis.Redis) -> None:
        subprocess.run([sys.executable, "-c", NUDGE_AND_LEAVE, redis_url], check=True)
        assert queue.llen("mail") == 1

    def test_leaves_a_forked_process_too(self, nudges: Nudges, queue: redis.Redis) -> None:
        nudges(LETTER, uuid4())
        newest(queue)
        if (child := os.fork()) == 0:
            nudges(LETTER, uuid4())
            nudges.close()
            os._exit(os.EX_OK)
        os.waitpid(child, 0)
        assert queue.llen("mail") == 2


class TestWhileRedisIsAway:
    def test_a_nudge_is_free_when_it_refuses(self) -> None:
        nudges = open_nudges(f"redis://127.0.0.1:{free_port()}/0")
        assert seconds_of(1000, nudges) < 0.5
        assert within(3, lambda: nudges.dropped == 1000)

    def test_a_nudge_is_free_when_it_hangs(self, nudges: Nudges, frozen: EmbeddedRedis) -> None:
        assert seconds_of(1000, nudges) < 0.5
        assert within(5, lambda: nudges.dropped == 1000)

    def test_leaving_takes_a_second_at_most(self, nudges: Nudges, frozen: EmbeddedRedis) -> None:
        nudges(LETTER, uuid4())
        began = time.monotonic()
        nudges.close()
        assert time.monotonic() - began < 1.2

    def test_nudges_resume_when_it_is_back(
        self, nudges: Nudges, frozen: EmbeddedRedis, queue: redis.Redis
    ) -> None:
        nudges(LETTER, uuid4())
        assert within(5, lambda: nudges.breaker.is_open)
        frozen.thaw()
        assert within(5, lambda: not nudges.breaker.is_open)
        nudges(LETTER, uuid4())
        assert newest(queue)
