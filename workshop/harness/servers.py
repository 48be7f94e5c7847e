"""The servers and secrets of a run, for whatever the environment does not name itself."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from workshop.harness.binaries import find_postgres, find_redis
from workshop.harness.environment import is_given
from workshop.harness.postgres import EmbeddedPostgres, find_major
from workshop.harness.redis import EmbeddedRedis
from workshop.harness.state import State


@dataclass(frozen=True)
class Servers:
    """The same ports, passwords and major version as last time; fresh: no data."""

    home: Path
    environ: Mapping[str, str]
    say: Callable[[str], None]
    fresh: bool = False
    postgres_bin: Path | None = None
    redis_bin: Path | None = None

    def open(self, opened: ExitStack) -> dict[str, str]:
        """Starts what is needed, until `opened` closes; returns the settings that name it."""
        state = State.load(self.home, forgiving=self.fresh)
        settings = {"SECRET_KEYS": state.secret_key}
        if not is_given(self.environ, "DATABASE_URL"):
            settings["DATABASE_URL"] = self._postgres(state, opened)
        if not is_given(self.environ, "REDIS_URL"):
            settings["REDIS_URL"] = settings["RATE_LIMIT_REDIS_URL"] = self._redis(state, opened)
        return settings

    def _postgres(self, state: State, opened: ExitStack) -> str:
        major = None if self.fresh else find_major(self.home)
        server = EmbeddedPostgres(
            home=self.home,
            port=state.postgres_port,
            password=state.postgres_password,
            program=find_postgres(self.postgres_bin, major=major),
        )
        server.settle(fresh=self.fresh)
        state.postgres_port = server.port
        state.save(self.home)
        self.say(f"starting Postgres {server.program} on port {server.port}")
        return opened.enter_context(server).url

    def _redis(self, state: State, opened: ExitStack) -> str:
        server = EmbeddedRedis(
            home=self.home,
            port=state.redis_port,
            password=state.redis_password,
            program=find_redis(self.redis_bin),
        )
        server.settle(fresh=self.fresh)
        state.redis_port = server.port
        state.save(self.home)
        self.say(f"starting Redis {server.program} on port {server.port}")
        return opened.enter_context(server).url
