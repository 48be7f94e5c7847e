"""A nudge costs its caller nothing, whatever Redis does, and may be lost but never wait."""

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import redis
from structlog.contextvars import bound_contextvars

from ostiary.courier.outbox import MOST_AT_ONCE
from tasks.nudges import Nudges, open_nudges
from tasks.publisher import ROOM_IN_REDIS
from tests.waiting import wait_until
from workshop.harness.ports import free_port
from workshop.harness.redis import EmbeddedRedis

LETTER = "tasks.mail.send_verification_email"
CHECK = "tasks.checks.check_readiness"

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


def newest(queue: redis.Redis, name: str = "mail") -> dict[str, Any]:
    wait_until(lambda: bool(queue.llen(name)))
    message: dict[str, Any] = json.loads(queue.lindex(name, 0) or "")
    return message | {"args": json.loads(base64.b64decode(message["body"]))[0]}


def without_ids(message: dict[str, Any]) -> dict[str, Any]:
    """What two messages about the same promises have in common."""
    drawn = {"id", "root_id", "correlation_id", "delivery_tag", "reply_to"}
    parts = {name: part for name, part in message.items() if isinstance(part, dict)}
    kept = {
        name: {field: value for field, value in part.items() if field not in drawn}
        for name, part in parts.items()
    }
    return message | kept


def told(queue: redis.Redis) -> list[tuple[list[str], dict[str, Any]]]:
    """Of each message the promises it names, and its headers."""
    messages = [json.loads(each) for each in queue.lrange("mail", 0, -1)]
    return [(json.loads(base64.b64decode(each["body"]))[0], each["headers"]) for each in messages]


def seconds_of(calls: int, nudges: Nudges) -> float:
    began = time.monotonic()
    for _ in range(calls):
        nudges(LETTER, uuid4())
    return time.monotonic() - began


def calls_of(command: str, queue: redis.Redis) -> int:
    calls: int = queue.info("commandstats").get(f"cmdstat_{command}", {"calls": 0})["calls"]
    return calls


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
        nudges.publish(CHECK, expires=timedelta(seconds=15))
        assert newest(queue, "checks")["headers"]["expires"] is not None

    def test_is_the_message_that_celery_itself_would_send(
        self, nudges: Nudges, queue: redis.Redis
    ) -> None:
        nudges(LETTER, promise_id := uuid4())
        ours = newest(queue)
        nudges.app.send_task(LETTER, args=(str(promise_id),), ignore_result=True)
        assert without_ids(ours) == without_ids(newest(queue))

    def test_is_read_by_the_client_that_workers_use(self, nudges: Nudges) -> None:
        nudges(LETTER, promise_id := uuid4())
        with nudges.app.connection_for_read() as connection:
            message = connection.SimpleQueue("mail").get(timeout=10)
        assert message.decode()[:2] == [[str(promise_id)], {}]

    def test_arrives_although_redis_has_closed_the_connection(
        self, nudges: Nudges, queue: redis.Redis
    ) -> None:
        nudges(LETTER, uuid4())
        newest(queue)
        queue.client_kill_filter(_type="normal", skipme=True)
        nudges(LETTER, uuid4())
        wait_until(lambda: queue.llen("mail") == 2)

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
        wait_until(lambda: nudges.dropped == 1)
        assert queue.llen("mail") == ROOM_IN_REDIS

    def test_does_not_ask_for_room_each_time(self, nudges: Nudges, queue: redis.Redis) -> None:
        void = timedelta(seconds=15)
        nudges.publish(CHECK, expires=void)
        nudges.close()
        queue.config_resetstat()
        for _ in range(20):
            nudges.publish(CHECK, expires=void)
        wait_until(lambda: calls_of("lpush", queue) == 20)
        assert calls_of("llen", queue) < 5

    def test_leaves_with_those_that_come_at_the_same_moment(
        self, nudges: Nudges, queue: redis.Redis
    ) -> None:
        promise_ids = [uuid4() for _ in range(50)]
        with bound_contextvars(request_id="asked-by-this"):
            for promise_id in promise_ids:
                nudges(LETTER, promise_id)
        wait_until(lambda: sum(len(args) for args, _ in told(queue)) == 50)
        assert {each for args, _ in told(queue) for each in args} == set(map(str, promise_ids))
        assert max(len(args) for args, _ in told(queue)) == MOST_AT_ONCE
        assert all((len(args) == 1) == ("request_id" in said) for args, said in told(queue))

    def test_leaves_before_its_process_does(self, redis_url: str, queue: redis.Redis) -> None:
        def has_left() -> bool:
            subprocess.run([sys.executable, "-c", NUDGE_AND_LEAVE, redis_url], check=True)
            return bool(queue.llen("mail"))

        wait_until(has_left)

    def test_leaves_a_forked_process_too(self, nudges: Nudges, queue: redis.Redis) -> None:
        nudges(LETTER, uuid4())
        newest(queue)
        if (child := os.fork()) == 0:
            nudges(LETTER, uuid4())
            for _ in range(10):
                nudges.close()
            os._exit(os.EX_OK)
        os.waitpid(child, 0)
        assert queue.llen("mail") == 2


class TestWhileRedisIsAway:
    def test_a_nudge_is_free_when_it_refuses(self) -> None:
        nudges = open_nudges(f"redis://127.0.0.1:{free_port()}/0")
        assert min(seconds_of(1000, nudges) for _ in range(3)) < 0.5
        wait_until(lambda: nudges.dropped == 3000)
        nudges.breaker.close()

    def test_a_nudge_is_free_when_it_hangs(self, nudges: Nudges, frozen: EmbeddedRedis) -> None:
        assert seconds_of(1000, nudges) < 0.9
        wait_until(lambda: nudges.dropped == 1000)

    def test_leaving_takes_a_second_at_most(self, nudges: Nudges, frozen: EmbeddedRedis) -> None:
        nudges(LETTER, uuid4())
        began = time.monotonic()
        nudges.close()
        assert time.monotonic() - began < 3

    def test_nudges_resume_when_it_is_back(
        self, nudges: Nudges, frozen: EmbeddedRedis, queue: redis.Redis
    ) -> None:
        nudges(LETTER, uuid4())
        wait_until(lambda: nudges.breaker.is_open)
        frozen.thaw()
        wait_until(lambda: not nudges.breaker.is_open)
        nudges(LETTER, uuid4())
        assert newest(queue)
