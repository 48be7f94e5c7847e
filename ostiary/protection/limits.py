"""Rate limits, counted in Redis, and in Postgres while Redis is away."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, NamedTuple, cast

from ostiary.errors import Unavailable
from ostiary.platform import metrics
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.redis import QuickRedis
from ostiary.platform.resp import Questions
from ostiary.platform.settings import Rate
from ostiary.platform.sweeping import sweep

Policy = Literal["login", "register", "refresh", "token", "mail"]

MILLISECOND = timedelta(milliseconds=1)
COUNT_IN_REDIS = Questions("SET %(key)s 0 PX %(window)s NX", "INCR %(key)s", "PTTL %(key)s")
BEGIN_ANEW = Questions("PEXPIRE %(key)s %(window)s")
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

    @property
    def given_back(self) -> "Taken":
        return self._replace(remaining=self.remaining + 1)


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
            self.give_back("mail", recipient)
            raise

    def give_back(self, policy: Policy, whom: str) -> None:
        """What was taken for nothing, where Redis counts; Postgres, when away, has not counted."""
        if self.redis is not None and self.rates[policy] is not None:
            self.redis.ask(lambda redis: redis.eval(GIVE_BACK, 1, _key(policy, whom)))

    def prune(self) -> int:
        return sweep(self.database, FORGET, before=self.now())

    def _count_in_redis(self, key: str, rate: Rate) -> Used | None:
        """A window that ended between the first command and the second begins anew."""
        if self.redis is None:
            return None
        window = rate.window // MILLISECOND
        answers = self.redis.ask_together(COUNT_IN_REDIS, key=key, window=window)
        if answers is None:
            return None
        times, left = cast(list[int], answers[1:])
        if left < 0:
            left = window
            self.redis.ask_together(BEGIN_ANEW, key=key, window=window)
        return Used(times, left * MILLISECOND)

    def _count_in_postgres(self, key: str, rate: Rate) -> Used:
        now = self.now()
        row = self.database.fetch_all(
            COUNT_IN_POSTGRES, key=key, now=now, resets_at=now + rate.window
        )[0]
        return Used(row.used, row.resets_at - now)


def _key(policy: Policy, whom: str) -> str:
    return f"rate_limit:{{{policy}:{whom}}}"
