"""Clocks: this host's beside those of Postgres and Redis."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import cast

from redis import RedisError

from ostiary.doctor.finding import Finding
from ostiary.doctor.site import Site
from ostiary.doctor.words import lasting
from ostiary.errors import Unavailable
from ostiary.platform.redis import connect_redis

MOST = timedelta(seconds=2)
TIME = "SELECT clock_timestamp() AS now"


def look(site: Site) -> Iterator[Finding]:
    """What cannot be reached is another look's finding."""
    with suppress(Unavailable):
        yield from skew("Postgres", _ahead(site, lambda: _time_of_postgres(site)))
    with suppress(RedisError, OSError, ValueError):
        yield from skew("Redis", _ahead(site, lambda: _time_of_redis(site)))


def skew(whose: str, ahead: timedelta) -> Iterator[Finding]:
    if abs(ahead) > MOST:
        direction = "ahead of" if ahead > timedelta() else "behind"
        said = f"{whose} is {lasting(abs(ahead))} {direction} this host."
        yield Finding("clock_skewed", said)


def _ahead(site: Site, read: Callable[[], datetime]) -> timedelta:
    """Less what the question itself took."""
    before = site.host()
    told = read()
    after = site.host()
    return told - after if told > after else min(told - before, timedelta())


def _time_of_postgres(site: Site) -> datetime:
    with site.postgres() as database:
        now: datetime = database.fetch_all(TIME)[0].now
        return now


def _time_of_redis(site: Site) -> datetime:
    with connect_redis(site.settings.redis_url) as redis:
        seconds, micros = cast("tuple[int, int]", redis.time())
    return datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=micros)
