"""What Redis is asked in each request is said and understood to the byte."""

import time
from collections.abc import Callable
from io import BytesIO

import pytest
import redis

from ostiary.platform.redis import QuickRedis, connect_redis
from ostiary.platform.resp import Answer, Questions, hear

PUT = Questions("SET %(key)s %(value)s", "GET %(key)s", "GET window", "INCR visits")


def piecemeal(said: bytes, size: int) -> Callable[[int], bytes]:
    pieces = BytesIO(said)
    return lambda _most: pieces.read(size)


@pytest.fixture
def quick(redis_url: str) -> QuickRedis:
    return QuickRedis(connect_redis(redis_url), name="words")


class TestQuestions:
    @pytest.mark.parametrize(
        "word", ["ajar", "", "two words", "a\r\nGET b", "%s {key} %(key)s", "straße\u2028🚪", 5]
    )
    def test_have_every_word_for_itself(self, quick: QuickRedis, word: str | int) -> None:
        assert quick.ask_together(PUT, key="door", value=word) == ["OK", str(word), None, 1]

    def test_are_as_good_for_the_client_afterwards(self, quick: QuickRedis) -> None:
        quick.ask_together(PUT, key="door", value="ajar")
        assert quick.ask(lambda redis: redis.get("door")) == "ajar"

    def test_that_are_answered_with_an_error_find_redis_away(self, quick: QuickRedis) -> None:
        assert quick.ask_together(Questions("INCR door", "LPUSH door x", "GET door")) is None
        assert quick.is_away


class TestAnswers:
    SAID = b"+OK\r\n:-12\r\n$4\r\na\r\nb\r\n$0\r\n\r\n$-1\r\n_\r\n"
    MEANT: tuple[Answer, ...] = ("OK", -12, "a\r\nb", "", None, None)

    @pytest.mark.parametrize("size", [*range(1, 12), 4096])
    def test_may_come_in_pieces(self, size: int) -> None:
        assert hear(piecemeal(self.SAID, size), len(self.MEANT), patience=1) == [*self.MEANT]

    def test_that_drip_are_waited_for_no_longer_than_any(self) -> None:
        def drip(_most: int) -> bytes:
            time.sleep(0.02)
            return b"+"

        began = time.monotonic()
        with pytest.raises(TimeoutError):
            hear(drip, 1, patience=0.1)
        assert time.monotonic() - began < 1

    def test_that_end_too_soon_are_none(self) -> None:
        with pytest.raises(redis.ConnectionError):
            hear(piecemeal(self.SAID, 5), len(self.MEANT) + 1, patience=1)

    @pytest.mark.parametrize(
        ("said", "error"),
        [
            (b"-LOADING Redis is loading\r\n", redis.ResponseError),
            (b"*1\r\n:1\r\n", redis.InvalidResponse),
            (b"\r\n", redis.InvalidResponse),
        ],
    )
    def test_of_other_kinds_are_refused(self, said: bytes, error: type[Exception]) -> None:
        with pytest.raises(error):
            hear(piecemeal(said, 4096), 1, patience=1)
