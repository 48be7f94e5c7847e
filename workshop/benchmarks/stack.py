"""A durable Postgres and Redis of our own, and the programs that are measured on them."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from ostiary.platform.identifiers import new_token
from ostiary.platform.settings import Argon2Cost, Settings, read_settings
from workshop.benchmarks.people import CHEAP, DEAR, DEAR_ACCOUNTS, settle
from workshop.benchmarks.program import ROOT, Program, path_of_this_python
from workshop.benchmarks.rows import Rows
from workshop.harness.binaries import find_postgres, find_redis
from workshop.harness.ports import free_port
from workshop.harness.postgres import EmbeddedPostgres
from workshop.harness.procfile import read_procfile
from workshop.harness.redis import EmbeddedRedis
from workshop.harness.state import sole_use

CHEAP_HASH, CHEAP_COST = "m=8,t=1,p=1", Argon2Cost(memory_kib=8, iterations=1, lanes=1)
HELLO = "workshop.benchmarks.hello:app"
HELLOS = {"falcon": "/hello", "ours": "/hello"}
# Numbers that one measurement may use up, so that no two use the same.
BLOCK = 20_000
# What whoever measures may change.
GIVEN = ("PASSWORD_HASH", "WEB_CONCURRENCY", "WEB_THREADS")
GTHREAD = "gunicorn --worker-class gthread --no-control-socket --log-level warning"


@dataclass
class Stack:
    """`web` is as the Procfile says, `cheap` differs in the cost of a hash alone, and `falcon` and
    `ours` say hello on gunicorn's usual server and on ours.
    """

    home: Path
    postgres: EmbeddedPostgres
    redis: EmbeddedRedis
    accounts: int = 0
    _blocks: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.procfile = read_procfile(ROOT / "Procfile")
        self.secrets, self.smtp_port, self.metrics_port = new_token(), free_port(), free_port()
        self.settings: Settings = read_settings(self.environ())
        self.rows = Rows(self.postgres.url)
        served = self.procfile.processes["web"]
        self.programs = {
            "web": self.program("web", served),
            "cheap": self.program("cheap", served, PASSWORD_HASH=f"argon2id:{CHEAP_HASH}"),
            "falcon": self.program("falcon", self._gthread()),
            "ours": self.program("ours", served.replace("api.wsgi:app", HELLO)),
        }

    def program(self, name: str, command: str, **environ: str) -> Program:
        return Program(name, command, {**self.environ(), **environ}, self.home)

    def _gthread(self) -> str:
        size = f"-w {self.settings.web_concurrency} --threads {self.settings.web_threads}"
        return f"{GTHREAD} {size} --keep-alive 75 -b 127.0.0.1:$PORT {HELLO}"

    def environ(self) -> dict[str, str]:
        """A production's, all limits on; every request says itself where it comes from."""
        return {
            "APP_ENV": "production",
            "PUBLIC_URL": "https://accounts.example.com",
            "CORS_ORIGINS": "https://app.example.com",
            "SMTP_URL": f"smtp://localhost:{self.smtp_port}?starttls=off",
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.redis.url,
            "RATE_LIMIT_REDIS_URL": self.redis.url,
            "SECRET_KEYS": self.secrets,
            "TRUSTED_PROXIES": "127.0.0.0/8",
            "METRICS_ENABLED": "true",
            "METRICS_GUARD_SECRET": self.secrets,
            "FLOWER_BASIC_AUTH": "operator:a password for benchmarks",
            "WORKER_METRICS_PORT": str(self.metrics_port),
            **{name: os.environ[name] for name in GIVEN if name in os.environ},
        }

    def migrate(self) -> None:
        release = self.procfile.release or "true"
        environ = {**path_of_this_python(), **self.environ()}
        subprocess.run(
            ["sh", "-c", release], check=True, cwd=ROOT, env=environ, capture_output=True
        )
        self.rows.run("CREATE TABLE benchmark (id uuid PRIMARY KEY, note text NOT NULL)")

    def populate(self, accounts: int) -> None:
        """So that there are as many accounts, those with a dear hash not counted."""
        if not self.accounts:
            settle(self.rows, DEAR, self.settings.password_hash, first=0, last=DEAR_ACCOUNTS - 1)
        settle(self.rows, CHEAP, CHEAP_COST, first=self.accounts, last=accounts - 1)
        self.accounts = accounts

    def fresh_numbers(self) -> int:
        return next(self._blocks) * BLOCK

    def start(self, *names: str) -> None:
        """All at once; returns when each of them answers."""
        programs = [self.programs[name] for name in names]
        for each in programs:
            each.start()
        for each in programs:
            each.await_answer(HELLOS.get(each.name, "/health"))

    @property
    def door(self) -> Program:
        """Where visitors get in, with a cheap hash if there is the choice."""
        cheap, web = self.programs["cheap"], self.programs["web"]
        return cheap if cheap.is_running else web

    def stop(self) -> None:
        for each in self.programs.values():
            each.stop()

    def roots(self) -> dict[str, int]:
        """The processes whose work is not a client's."""
        running = {name: each.pid for name, each in self.programs.items() if each.is_running}
        return {"postgres": self.postgres.pid, "redis": self.redis.pid, **running}


@contextmanager
def open_stack(home: Path, say: Callable[[str], None]) -> Iterator[Stack]:
    """No program runs yet; nobody else uses `home` meanwhile, which is emptied before."""
    with sole_use(home), ExitStack() as opened:
        postgres = EmbeddedPostgres(home=home, program=find_postgres())
        redis = EmbeddedRedis(home=home, program=find_redis())
        for server in (postgres, redis):
            server.settle(fresh=True)
            opened.callback(shutil.rmtree, server.data, ignore_errors=True)
            say(f"starting {server.name} {server.program}")
            opened.enter_context(server)
        stack = Stack(home, postgres, redis)
        opened.callback(stack.stop)
        stack.migrate()
        yield stack
