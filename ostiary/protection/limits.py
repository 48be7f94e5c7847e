"""Rate limits, counted in Redis, and in Postgres while Redis is away."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, NamedTuple

from redis import Redis

from ostiary.errors import Unavailable
from ostiary.platform import metrics
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.redis import QuickRedis
from ostiary.platform.settings import Rate
from ostiary.platform.sweeping import sweep

Policy = Literal["login", "register", "refresh", "token", "mail"]

COUNT_IN_REDIS = """
local used = redis.call('INCR', KEYS[1])
if used == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {used, redis.call('PTTL', KEYS[1])}
"""
GIVE_BACK = "if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('DECR', KEYS[1]) end return 1"
COUNT_IN_POSTGRES = """
INSERT INTO rate_limit AS r (key, used, resets_at) VALUES (%(key)s, 1, %(resets_at)s)
ON CONFLICT (key) DO UPDATE SET
    used = CASE WHEN r.resets_at <= %(now)s THEN 1 ELSE r.used + 1 END,
    resets_at = CASE WHEN r.resets_at <= %(now)s THEN excluded.resets_at ELSE r.resets_at END
RETURNING used, resets_at
"""
FORGET = """
DELETE FROM rate_limit WHERE key IN (
    SELECT key FROM rate_limit WHERE resets_at < %(before)s
    ORDER BY resets_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""


class Used(NamedTuple):
    times: int
    resets_in: timedelta


class Taken(NamedTuple):
    """What is left of a limit, for the headers of draft-ietf-httpapi-ratelimit-headers."""

    policy: Policy
    rate: Rate
    remaining: int
    resets_in: timedelta

    @property
    def is_exceeded(self) -> bool:
        return self.remaining < 0


@dataclass(frozen=True)
class Limits:
    """A limit is per client or per recipient; a policy that is off takes nothing."""

    database: Database
    redis: QuickRedis | None
    now: Clock
    rates: dict[Policy, Rate | None]

    def take(self, policy: Policy, whom: str) -> Taken | None:
        """One of the requests that `whom` has left; None where the policy is off."""
        rate = self.rates[policy]
        if rate is None:
            return None
        key = _key(policy, whom)
        used = self._count_in_redis(key, rate) or self._count_in_postgres(key, rate)
        taken = Taken(policy, rate, rate.count - used.times, used.resets_in)
        if taken.is_exceeded:
            metrics.rate_limited.add(policy)
        return taken

    @property
    def mode(self) -> Literal["redis", "postgres"]:
        """What counts just now."""
        return "postgres" if self.redis is None or self.redis.is_away else "redis"

    def allows_letter(self, recipient: str) -> bool:
        taken = self.take("mail", recipient)
        return taken is None or not taken.is_exceeded

    @contextmanager
    def promising_letter(self, recipient: str) -> Iterator[bool]:
        """Whether a letter may be promised inside; one that Postgres did not take costs nothing.

        Or whoever comes again through an outage, as told, has no letter left when it is over.
        """
        allowed = self.allows_letter(recipient)
        try:
            yield allowed
        except Unavailable:
            self._give_back("mail", recipient)
            raise

    def prune(self) -> int:
        return sweep(self.database, FORGET, before=self.now())

    def _give_back(self, policy: Policy, whom: str) -> None:
        """Where Redis counts; Postgres, which is away, has not counted."""
        if self.redis is not None and self.rates[policy] is not None:
            self.redis.ask(lambda redis: redis.eval(GIVE_BACK, 1, _key(policy, whom)))

    def _count_in_redis(self, key: str, rate: Rate) -> Used | None:
        if self.redis is None:
            return None
        window = int(rate.window / timedelta(milliseconds=1))
        answered = self.redis.ask(lambda redis: _evaluate(redis, key, window))
        if answered is None:
            return None
        times, milliseconds = answered
        return Used(times, timedelta(milliseconds=max(0, milliseconds)))

    def _count_in_postgres(self, key: str, rate: Rate) -> Used:
        now = self.now()
        row = self.database.fetch_all(
            COUNT_IN_POSTGRES, key=key, now=now, resets_at=now + rate.window
        )[0]
        return Used(row.used, row.resets_at - now)


def _key(policy: Policy, whom: str) -> str:
    return f"rate_limit:{{{policy}:{whom}}}"


def _evaluate(redis: Redis, key: str, window: int) -> list[int]:
    answer: Any = redis.eval(COUNT_IN_REDIS, 1, key, window)
    return list(answer)
