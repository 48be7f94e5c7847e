"""Counters of requests, kept in Redis, and in Postgres while Redis is away."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple, cast

from ostiary.platform.batch_delete import sweep
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.redis import QuickRedis
from ostiary.platform.resp import Answer, Questions

MILLISECOND = timedelta(milliseconds=1)
COUNT_ONE = Questions("SET %(key)s 0 PX %(window)s NX", "INCR %(key)s", "PTTL %(key)s")
BEGIN_ANEW = Questions("PEXPIRE %(key)s %(window)s")
# All are counted or none: a request that one counter refuses neither spends what the others have
# left nor adds a key for each of them.
SCRIPT = """
local used, refused = {}, false
for n, key in ipairs(KEYS) do
    used[n] = tonumber(redis.call('GET', key) or 0)
    refused = refused or used[n] >= tonumber(ARGV[n + 1])
end
local answer = {}
for n, key in ipairs(KEYS) do
    if not refused then
        redis.call('SET', key, 0, 'PX', ARGV[1], 'NX')
        redis.call('INCR', key)
    end
    if redis.call('PTTL', key) == -1 then redis.call('PEXPIRE', key, ARGV[1]) end
    table.insert(answer, used[n] + 1)
    table.insert(answer, redis.call('PTTL', key))
end
return table.concat(answer, ' ')
"""
COUNT_SEVERAL = {
    number: Questions(
        f"EVAL %(script)s {number} "
        + " ".join(f"%(key_{n})s" for n in range(number))
        + " %(window)s "
        + " ".join(f"%(limit_{n})s" for n in range(number))
    )
    for number in (2, 3, 4)
}
GIVE_BACK = """
for _, key in ipairs(KEYS) do
    if redis.call('EXISTS', key) == 1 then redis.call('DECR', key) end
end
return 1
"""
COUNT_ONE_IN_POSTGRES = """
INSERT INTO rate_limit AS r (key, used, resets_at) VALUES (%(key)s, 1, %(resets_at)s)
ON CONFLICT (key) DO UPDATE SET
    used = CASE WHEN r.resets_at <= %(now)s THEN 1 ELSE r.used + 1 END,
    resets_at = CASE WHEN r.resets_at <= %(now)s THEN excluded.resets_at ELSE r.resets_at END
RETURNING key, used, resets_at
"""
# As the script in Redis. The widest row is locked first, so that nobody waits in a circle.
COUNT_SEVERAL_IN_POSTGRES = """
WITH counter AS (
    SELECT key, most, place
    FROM unnest(%(keys)s::text[], %(limits)s::bigint[])
        WITH ORDINALITY AS counter (key, most, place)),
spent AS (
    SELECT key, used, resets_at FROM counter JOIN rate_limit USING (key)
    WHERE used >= most AND resets_at > %(now)s),
counted AS (
    INSERT INTO rate_limit AS r (key, used, resets_at)
    SELECT key, 1, %(resets_at)s FROM counter WHERE NOT EXISTS (SELECT FROM spent) ORDER BY place
    ON CONFLICT (key) DO UPDATE SET
        used = CASE WHEN r.resets_at <= %(now)s THEN 1 ELSE r.used + 1 END,
        resets_at = CASE WHEN r.resets_at <= %(now)s THEN excluded.resets_at ELSE r.resets_at END
    RETURNING key, used, resets_at)
SELECT key, used + 1 AS used, resets_at FROM spent
UNION ALL SELECT key, used, resets_at FROM counted
"""
FORGET = """
DELETE FROM rate_limit WHERE key IN (
    SELECT key FROM rate_limit WHERE resets_at < %(before)s
    ORDER BY resets_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""


class Left(NamedTuple):
    """What the tightest counter has left: less than nothing when it refuses."""

    key: str
    remaining: int
    resets_in: timedelta


@dataclass(frozen=True)
class Counters:
    """A request is counted under several keys at once, each with a limit, the widest key first."""

    database: Database
    redis: QuickRedis | None
    now: Clock

    def count(self, limits: dict[str, int], window: timedelta) -> Left:
        """In one round trip, under all keys or, where one of several refuses, under none."""
        return self._in_redis(limits, window) or self._in_postgres(limits, window)

    def give_back(self, keys: Iterable[str]) -> None:
        """What was counted for nothing, where Redis counts; a Postgres that is away has not."""
        if self.redis is not None:
            named = [*keys]
            self.redis.ask(lambda redis: redis.eval(GIVE_BACK, len(named), *named))

    def prune(self) -> int:
        return sweep(self.database, FORGET, before=self.now())

    def _in_redis(self, limits: dict[str, int], window: timedelta) -> Left | None:
        if self.redis is None:
            return None
        milliseconds = window // MILLISECOND
        if len(limits) == 1:
            (key,), (limit,) = limits, limits.values()
            return _count_one(self.redis, key, limit, milliseconds)
        return _count_several(self.redis, limits, milliseconds)

    def _in_postgres(self, limits: dict[str, int], window: timedelta) -> Left:
        now = self.now()
        moments = {"now": now, "resets_at": now + window}
        if len(limits) == 1:
            rows = self.database.fetch_all(COUNT_ONE_IN_POSTGRES, key=min(limits), **moments)
        else:
            rows = self.database.fetch_all(
                COUNT_SEVERAL_IN_POSTGRES, keys=[*limits], limits=[*limits.values()], **moments
            )
        return _tightest(
            Left(row.key, limits[row.key] - row.used, row.resets_at - now) for row in rows
        )


def _count_one(redis: QuickRedis, key: str, limit: int, window: int) -> Left | None:
    """A window that ended between the first command and the second begins anew."""
    answers = redis.ask_together(COUNT_ONE, key=key, window=window)
    if answers is None:
        return None
    used, left = cast(list[int], answers[1:])
    if left < 0:
        left = window
        redis.ask_together(BEGIN_ANEW, key=key, window=window)
    return Left(key, limit - used, left * MILLISECOND)


def _count_several(redis: QuickRedis, limits: dict[str, int], window: int) -> Left | None:
    words: dict[str, str | int] = {"script": SCRIPT, "window": window}
    for n, (key, limit) in enumerate(limits.items()):
        words |= {f"key_{n}": key, f"limit_{n}": limit}
    answers = redis.ask_together(COUNT_SEVERAL[len(limits)], **words)
    return None if answers is None else _tightest(_read(answers[0], limits, window))


def _read(said: Answer, limits: dict[str, int], window: int) -> Iterable[Left]:
    numbers = [int(number) for number in str(said).split()]
    for (key, limit), used, left in zip(limits.items(), numbers[::2], numbers[1::2], strict=True):
        yield Left(key, limit - used, (left if left >= 0 else window) * MILLISECOND)


def _tightest(each: Iterable[Left]) -> Left:
    """Of those that have equally little left, the one that resets last."""
    return min(each, key=lambda left: (left.remaining, -left.resets_in))
