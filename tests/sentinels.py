"""A Redis with a replica and three Sentinels, which notice within a second that it is gone."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import redis

from ostiary.dev.ports import LOOPBACK
from ostiary.dev.redis import EmbeddedRedis
from tests.servers import redis_program

MASTER = "ostiary"
PASSWORD = "the-same-for-both"


@dataclass(kw_only=True)
class Replica(EmbeddedRedis):
    """Of the one on port `follows`; either may have to follow the other."""

    follows: int | None = None

    def _settings(self) -> list[str]:
        following = [f"replicaof {LOOPBACK} {self.follows}"] if self.follows else []
        return [*super()._settings(), f"masterauth {self.password}", *following]


@dataclass(kw_only=True)
class Sentinel(EmbeddedRedis):
    name: ClassVar[str] = "sentinel"
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    watches: int

    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port, socket_timeout=1)

    def _settings(self) -> list[str]:
        return [
            f"bind {LOOPBACK}",
            f"port {self.port}",
            f'dir "{self.data.absolute()}"',
            f"sentinel monitor {MASTER} {LOOPBACK} {self.watches} 2",
            f"sentinel auth-pass {MASTER} {PASSWORD}",
            f"sentinel down-after-milliseconds {MASTER} 1000",
            f"sentinel failover-timeout {MASTER} 5000",
        ]

    def _command(self) -> list[str]:
        return [*super()._command(), "--sentinel"]


@dataclass
class Guarded:
    master: Replica
    replica: Replica
    sentinels: list[Sentinel]

    @property
    def url(self) -> str:
        urls = [f"sentinel://:{PASSWORD}@{LOOPBACK}:{each.port}" for each in self.sentinels]
        return f"{';'.join(urls)}/0?master={MASTER}"


@contextmanager
def open_guarded(home: Path) -> Iterator[Guarded]:
    program = redis_program()
    with ExitStack() as opened:

        def run(name: str, kind: type[EmbeddedRedis], **more: Any) -> EmbeddedRedis:
            server = kind(home=home / name, program=program, password=PASSWORD, **more)
            server.data.mkdir(parents=True)
            return opened.enter_context(server)

        master = run("master", Replica)
        replica = run("replica", Replica, follows=master.port)
        sentinels = [run(f"sentinel-{n}", Sentinel, watches=master.port) for n in range(3)]
        yield Guarded(master, replica, sentinels)  # type: ignore[arg-type]
