"""A Redis with a replica and three Sentinels, which notice within a second that it is gone."""

import itertools
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock
from typing import Any, ClassVar

import redis

from tests.servers import redis_program
from tests.waiting import wait_until
from workshop.harness.ports import LOOPBACK
from workshop.harness.redis import EmbeddedRedis

MASTER = "ostiary"
PASSWORD = "the-same-for-both"
# A test has one of its own: none can be emptied while there is no master.
DATABASES = 5000
PAUSE_SECONDS = 2
# Sentinels that were caught between two failovers try again after a while.
AGREEING_SECONDS = 90


@dataclass(kw_only=True)
class Replica(EmbeddedRedis):
    """Of the one on port `follows`; either may have to follow the other."""

    follows: int | None = None

    def _settings(self) -> list[str]:
        following = [f"replicaof {LOOPBACK} {self.follows}"] if self.follows else []
        both = [
            f"masterauth {self.password}",
            f"databases {DATABASES}",
            "repl-diskless-sync-delay 0",
        ]
        return [*super()._settings(), *both, *following]

    def is_in_step(self) -> bool:
        try:
            said: dict[str, Any] = self.client().info("replication")
        except redis.RedisError:
            return False
        return said.get("master_link_status") == "up"


@dataclass(kw_only=True)
class Sentinel(EmbeddedRedis):
    name: ClassVar[str] = "sentinel"
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    watches: int

    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port, socket_timeout=1)

    def names(self) -> int:
        """The port of whoever it believes to be the master; 0 while it is too busy to say."""
        try:
            found: Any = self.client().sentinel_get_master_addr_by_name(MASTER)
        except redis.RedisError:
            return 0
        return int(found[1])

    def _settings(self) -> list[str]:
        return [
            f"bind {LOOPBACK}",
            f"port {self.port}",
            f'dir "{self.data.absolute()}"',
            f"sentinel monitor {MASTER} {LOOPBACK} {self.watches} 2",
            f"sentinel auth-pass {MASTER} {PASSWORD}",
            f"sentinel down-after-milliseconds {MASTER} 1000",
            f"sentinel failover-timeout {MASTER} 2000",
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
        return self.url_of(0)

    def url_of(self, database: int) -> str:
        urls = [f"sentinel://:{PASSWORD}@{LOOPBACK}:{each.port}" for each in self.sentinels]
        return f"{';'.join(urls)}/{database}?master={MASTER}"

    def fail_over(self) -> None:
        """Kills the master, and has it back as a replica of the one that was promoted."""
        wait_until(self._is_rejoined, seconds=AGREEING_SECONDS)
        self.master.kill()
        wait_until(self._is_promoted, seconds=AGREEING_SECONDS)
        self.turn()
        self.heal()

    def turn(self) -> None:
        """The one that was promoted is the master from now on, whoever is dead."""
        self.master, self.replica = self.replica, self.master
        self.replica.follows, self.master.follows = self.master.port, None

    def heal(self) -> None:
        """Whoever is dead is started again."""
        for sentinel in self.sentinels:
            sentinel.watches = self.master.port
        for server in (self.replica, *self.sentinels):
            if not server._answers():
                server.start()
        wait_until(self._is_rejoined, seconds=AGREEING_SECONDS)

    def _is_rejoined(self) -> bool:
        """Says again who follows whom, in case both were told to follow the other."""
        if self.replica.is_in_step():
            return True
        with suppress(redis.RedisError):
            self.master.client().replicaof("NO", "ONE")
            self.replica.client().replicaof(LOOPBACK, self.master.port)
        return False

    def _is_promoted(self) -> bool:
        """All Sentinels agree, or a client that asks the next one would be sent to the dead."""
        return {each.names() for each in self.sentinels} == {self.replica.port}


@dataclass
class Failovers:
    """One after the other for as long as the tests last, but for whoever needs it `steady`."""

    guarded: Guarded
    count: int = 0
    steady: Lock = field(default_factory=Lock)
    ended: Event = field(default_factory=Event)
    databases: Iterator[int] = field(default_factory=lambda: itertools.cycle(range(DATABASES)))

    def next_url(self) -> str:
        return self.guarded.url_of(next(self.databases))

    def go_on(self) -> None:
        while not self.count or not self.ended.wait(PAUSE_SECONDS):
            with self.steady:
                self.guarded.fail_over()
            self.count += 1


@contextmanager
def failing_over(home: Path) -> Iterator[Failovers]:
    """The servers end with the thread that started them again."""
    with open_guarded(home) as guarded:
        failovers = Failovers(guarded)
        with ThreadPoolExecutor(1) as pool:
            over = pool.submit(failovers.go_on)
            try:
                yield failovers
            finally:
                failovers.ended.set()
            over.result()


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
