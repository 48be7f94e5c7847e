"""What is looked at, and how: each look finds the status of one or more dependencies."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, NamedTuple

from redis import Redis, RedisError

from ostiary.courier.smtp import Smtp, Undelivered
from ostiary.errors import Unavailable
from ostiary.platform.database import Database
from ostiary.platform.migrations import pending
from ostiary.watch.heartbeats import Heartbeats

Status = Literal["up", "down", "stale"]

CHECKS = ("postgres", "migrations", "redis", "workers", "beat", "watch", "mail")
# Twice as often as what flaps every other second, or it would be missed for a while.
EVERY = timedelta(seconds=1)
# Each of many processes connects and logs in.
MAIL_EVERY = timedelta(seconds=6)
PROCESSES = {"workers": "worker", "beat": "beat", "watch": "watch"}
MAIL_PATIENCE = timedelta(seconds=3)


class Look(NamedTuple):
    name: str
    find: Callable[[], Mapping[str, Status]]
    every: timedelta = EVERY


@dataclass(frozen=True)
class Checks:
    database: Database
    redis: Redis
    smtp: Smtp | None
    heartbeats: Heartbeats

    def looks(self) -> tuple[Look, ...]:
        """Each may be slow in its own way, so each deserves a thread of its own."""
        return (
            Look("postgres", self.look_at_postgres),
            Look("redis", self.look_at_redis),
            Look("mail", self.look_at_mail, every=MAIL_EVERY),
        )

    def look_at_postgres(self) -> Mapping[str, Status]:
        """Postgres, and what only Postgres knows; writes, because a full one can still be read."""
        try:
            if pending(self.database):
                return {"postgres": "up", "migrations": "down", **_processes(alive=set())}
            self.heartbeats.beat("probe")
            return {"postgres": "up", "migrations": "up", **_processes(self.heartbeats.alive())}
        except Unavailable:
            return {"postgres": "down", "migrations": "stale", **_processes(alive=set())}

    def look_at_redis(self) -> Mapping[str, Status]:
        """Writes, because a Redis that is full or read-only still answers a PING."""
        try:
            self.redis.set("ostiary:readiness", "written", ex=60)
        except (RedisError, OSError):
            return {"redis": "down"}
        return {"redis": "up"}

    def look_at_mail(self) -> Mapping[str, Status]:
        if self.smtp is None:
            return {"mail": "down"}
        try:
            self.smtp.probe(MAIL_PATIENCE)
        except Undelivered:
            return {"mail": "down"}
        return {"mail": "up"}


def _processes(alive: set[str]) -> dict[str, Status]:
    return {check: "up" if process in alive else "stale" for check, process in PROCESSES.items()}
