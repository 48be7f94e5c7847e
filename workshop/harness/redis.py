"""A private Redis: a password, an append-only file, and no key ever evicted."""

import signal
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from workshop.harness.binaries import Program, find_redis
from workshop.harness.ports import LOOPBACK
from workshop.harness.secret_files import write_secret
from workshop.harness.server import Server


@dataclass(kw_only=True)
class EmbeddedRedis(Server):
    name: ClassVar[str] = "redis"
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    program: Program = field(default_factory=find_redis)

    @property
    def data(self) -> Path:
        return self.home / "redis"

    @property
    def url(self) -> str:
        return f"redis://default:{self.password}@{LOOPBACK}:{self.port}/0"

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, socket_timeout=1, retry=Retry(NoBackoff(), 0))

    def end_leftover(self) -> None:
        with suppress(redis.RedisError):
            self.client().shutdown()

    def _prepare(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        write_secret(self._configuration, "\n".join(self._settings()))

    @property
    def _configuration(self) -> Path:
        return self.home / "redis.conf"

    def _settings(self) -> list[str]:
        return [
            f"bind {LOOPBACK}",
            f"port {self.port}",
            f"requirepass {self.password}",
            f'dir "{self.data.absolute()}"',
            f"appendonly {'yes' if self.durable else 'no'}",
            'save ""',
            "maxmemory-policy noeviction",
        ]

    def _command(self) -> list[str]:
        return [str(self.program.path), str(self._configuration)]

    def _answers(self) -> bool:
        try:
            return bool(self.client().ping())
        except redis.RedisError:
            return False
