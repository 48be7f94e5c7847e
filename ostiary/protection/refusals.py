"""Remembered refusals: a storm on a locked address costs Redis a look, and Postgres nothing."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ostiary.platform.clock import Clock
from ostiary.platform.redis import QuickRedis

REMEMBERED = timedelta(seconds=5)


@dataclass(frozen=True)
class RememberedRefusals:
    """Only ever refuses, and only what Postgres has refused within the last five seconds."""

    redis: QuickRedis | None
    now: Clock

    def recall(self, subject: str) -> datetime | None:
        if self.redis is None:
            return None
        until = self.redis.ask(lambda redis: redis.get(_key(subject)))
        return None if until is None else datetime.fromtimestamp(float(until), UTC)

    def remember(self, subject: str, until: datetime) -> None:
        left = min(REMEMBERED, until - self.now())
        if self.redis is None or left <= timedelta():
            return
        milliseconds = max(1, int(left / timedelta(milliseconds=1)))
        self.redis.ask(
            lambda redis: redis.set(_key(subject), str(until.timestamp()), px=milliseconds)
        )

    def forget(self, subject: str) -> None:
        if self.redis is not None:
            self.redis.ask(lambda redis: redis.delete(_key(subject)))


def _key(subject: str) -> str:
    return f"login_attempt:{hashlib.sha256(subject.encode()).hexdigest()[:32]}"
