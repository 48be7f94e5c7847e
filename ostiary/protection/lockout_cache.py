"""Remembered refusals: a storm on a locked address costs Redis a look, and Postgres nothing."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from redis import Redis

from ostiary.platform.clock import Clock
from ostiary.platform.redis import QuickRedis
from ostiary.platform.resp import Questions

T = TypeVar("T")

REMEMBERED = timedelta(seconds=5)
FORGOTTEN = ""
RECALL = Questions("GET %(key)s")


@dataclass(frozen=True)
class RememberedRefusals:
    """Only ever refuses, and only what Postgres has refused within the last five seconds."""

    redis: QuickRedis | None
    now: Clock

    def recall(self, subject: str) -> datetime | None:
        answers = self.redis and self.redis.ask_together(RECALL, key=_key(subject))
        return self._read(str(answers[0])) if answers and answers[0] else None

    def recalled_for(self, subject: str) -> timedelta:
        """How much longer the refusal is remembered; nothing where none is."""
        until = self.recall(subject)
        if until is None or until <= self.now():
            return timedelta()
        milliseconds = self._ask(lambda redis: redis.pttl(_key(subject)))
        return timedelta(milliseconds=max(0, milliseconds or 0))

    def remember(self, subject: str, until: datetime) -> None:
        """Unless it was just told to forget: whoever calls may have read what was true before."""
        left = min(REMEMBERED, until - self.now())
        if left > timedelta():
            milliseconds = max(1, int(left / timedelta(milliseconds=1)))
            noted = f"{until.isoformat()} {self.now().isoformat()}"
            self._ask(lambda redis: redis.set(_key(subject), noted, px=milliseconds, nx=True))

    def forget(self, subject: str) -> None:
        self._ask(lambda redis: redis.set(_key(subject), FORGOTTEN, px=REMEMBERED))

    def _read(self, noted: str) -> datetime | None:
        """What a frozen Redis noted only when it thawed, or somebody put back, may be too old."""
        try:
            until, at = map(datetime.fromisoformat, noted.split())
            return until if self.now() - at < REMEMBERED else None
        except (ValueError, TypeError):
            return None

    def _ask(self, question: Callable[[Redis], T]) -> T | None:
        return None if self.redis is None else self.redis.ask(question)


def _key(subject: str) -> str:
    return f"login_attempt:{hashlib.sha256(subject.encode()).hexdigest()[:32]}"
