"""Redis, as the broker and for the rate limits: whether it answers, keeps and has room."""

import time
from collections.abc import Iterator, Mapping
from statistics import median
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

from redis import Redis, RedisError

from ostiary.doctor.examination import Unseen
from ostiary.doctor.finding import Finding, RoundTrip, Seen
from ostiary.doctor.sentinels import look_at_sentinels
from ostiary.doctor.site import Site
from ostiary.platform.redis import connect_redis
from ostiary.watch.queues import QUEUES

OLDEST = (6, 2)
SLOW_SECONDS = 0.05
ROUNDS = 5
NEARLY_FULL = 0.85
LONG_QUEUE = 100
LOCAL = ("localhost", "127.0.0.1", "::1")


class Server(NamedTuple):
    """One Redis, as the variable that leads to it names it."""

    variable: str
    info: Mapping[str, Any]
    saves: str | None


def look_at_broker(site: Site) -> Iterator[Seen]:
    yield from look_at_sentinels("REDIS_URL", site.settings.redis_url)
    with connect_redis(site.settings.redis_url) as redis:
        yield from _look(redis, "REDIS_URL", "redis_unreachable")
        yield from queues({queue: _length(redis, queue) for queue in QUEUES})
    yield from password(site, "REDIS_URL", site.settings.redis_url)


def look_at_limits(site: Site) -> Iterator[Seen]:
    url = site.settings.rate_limit_redis_url
    if url is None or url == site.settings.redis_url:
        return
    yield from look_at_sentinels("RATE_LIMIT_REDIS_URL", url)
    with connect_redis(url) as redis:
        yield from _look(redis, "RATE_LIMIT_REDIS_URL", "limits_redis_unreachable")
    yield from password(site, "RATE_LIMIT_REDIS_URL", url)


def password(site: Site, variable: str, url: str) -> Iterator[Finding]:
    parts = urlsplit(url)
    if site.is_public and not parts.password and parts.hostname not in LOCAL:
        yield Finding("redis_without_password", f"{variable} has no password.")


def slowness(variable: str, seconds: float) -> Iterator[Finding]:
    if seconds > SLOW_SECONDS:
        yield Finding("redis_slow", f"{variable}: PING takes {seconds * 1000:.0f} ms.")


def version(server: Server) -> Iterator[Finding]:
    """Forks of Redis tell which Redis they are compatible with."""
    said = str(server.info["redis_version"])
    if tuple(map(int, said.split(".")[:2])) < OLDEST:
        yield Finding("redis_old", f"{server.variable}: it is Redis {said}.")


def eviction(server: Server) -> Iterator[Finding]:
    policy = server.info.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        yield Finding("redis_evicts", f"{server.variable}: maxmemory-policy is {policy}.")


def memory(server: Server) -> Iterator[Finding]:
    used, most = server.info["used_memory"], server.info.get("maxmemory", 0)
    if most and used > NEARLY_FULL * most:
        percent = f"{used / most:.0%} of {most // 2**20} MiB"
        yield Finding("redis_memory_low", f"{server.variable}: {percent} are used.")


def persistence(server: Server) -> Iterator[Finding]:
    info = server.info
    if not info.get("aof_enabled"):
        yield from snapshots(server.variable, server.saves)
    states = (info.get("aof_last_write_status"), info.get("rdb_last_bgsave_status"))
    if any(state not in ("ok", None) for state in states):
        yield Finding("redis_cannot_save", f"{server.variable}: its last attempt failed.")


def snapshots(variable: str, saves: str | None) -> Iterator[Finding]:
    """Where CONFIG is forbidden, nobody knows about them."""
    if saves == "":
        yield Finding("redis_not_persistent", f"{variable}: neither appendonly nor save.")
    if saves:
        yield Finding("redis_snapshots_alone", f"{variable}: no appendonly, and save is {saves}.")


def queues(lengths: Mapping[str, int]) -> Iterator[Finding]:
    if long := [f"{name} ({count})" for name, count in lengths.items() if count > LONG_QUEUE]:
        yield Finding("queue_long", f"Waiting: {', '.join(long)}.")


def _look(redis: Redis, variable: str, unreachable: str) -> Iterator[Seen]:
    try:
        seconds = _round_trip(redis)
    except (RedisError, OSError) as error:
        yield Finding(unreachable, f"{variable}: {type(error).__name__}.")
        raise Unseen("Redis did not answer") from None
    yield RoundTrip(variable.removesuffix("_URL").lower(), seconds)
    yield from slowness(variable, seconds)
    yield from _writing(redis, variable)
    server = Server(variable, cast("Mapping[str, Any]", redis.info()), _saves(redis))
    for check in (version, eviction, memory, persistence):
        yield from check(server)


def _writing(redis: Redis, variable: str) -> Iterator[Finding]:
    try:
        redis.set("ostiary:doctor", "written", ex=60)
    except (RedisError, OSError) as error:
        yield Finding("redis_refuses_writes", f"{variable}: {type(error).__name__}.")


def _saves(redis: Redis) -> str | None:
    try:
        return cast("Mapping[str, str]", redis.config_get("save")).get("save")
    except RedisError:
        return None


def _length(redis: Redis, queue: str) -> int:
    return redis.llen(queue)


def _round_trip(redis: Redis) -> float:
    redis.ping()
    return median(_once(redis) for _ in range(ROUNDS))


def _once(redis: Redis) -> float:
    began = time.monotonic()
    redis.ping()
    return time.monotonic() - began
