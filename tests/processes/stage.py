"""Everything the Procfile names, as real processes on free ports, to be killed and frozen."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import psycopg2
import requests
from psycopg2.extensions import cursor as Cursor  # noqa: N812

from tests.app_client import UNLIMITED
from tests.seeds import seeded_postgres
from tests.servers import postgres_program, redis_program
from workshop.harness.ports import free_port
from workshop.harness.postgres import EmbeddedPostgres
from workshop.harness.process_tree import descendants, dies_with_parent
from workshop.harness.procfile import read_procfile
from workshop.harness.redis import EmbeddedRedis
from workshop.mailbox import Mailbox

ROOT = Path(__file__).parents[2]
PASSWORD = "nine tidy umbrellas"

# `REHEARSAL=full` takes the numbers and times that the documentation quotes.
FULL = os.environ.get("REHEARSAL") == "full"


def wait_until(true: Callable[[], Any], *, seconds: float = 30) -> float:
    """How long it took; fails when it takes longer."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, f"Not within {seconds} s."
        time.sleep(0.02)
    return time.monotonic() - began


@dataclass
class Stage:
    home: Path
    postgres: EmbeddedPostgres
    redis: EmbeddedRedis
    mailbox: Mailbox
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    source: Path = ROOT

    def __post_init__(self) -> None:
        self.environ = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}",
            "PORT": str(self.port),
            "PUBLIC_URL": self.url,
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.redis.url,
            "SECRET_KEYS": "a secret for rehearsals that is long enough",
            "SMTP_URL": self.mailbox.smtp_url,
            "FLOWER_PORT": str(free_port()),
            "WORKER_METRICS_PORT": "0",
            "WEB_CONCURRENCY": "2",
            "WORKER_CONCURRENCY": "2",
            **UNLIMITED,
            **self.settings,
        }
        self.turn_to(self.source)

    def turn_to(self, source: Path) -> None:
        """Whatever starts from now on is of the release in this folder."""
        self.source, self.commands = source, read_procfile(source / "Procfile")
        also = self.settings.get("PYTHONPATH", "")
        self.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(source), also)))

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def migrate(self) -> None:
        assert self.commands.release
        subprocess.run(
            self.commands.release.split(),
            cwd=self.source,
            env=self.environ,
            check=True,
            capture_output=True,
        )

    def start(self, *names: str) -> Self:
        """`worker` may be started again as `worker-2`: the number only tells them apart."""
        for name in names:
            command = self.commands.processes[name.partition("-")[0]]
            with self.log(name).open("ab") as log:
                self.processes[name] = subprocess.Popen(
                    f"exec {command}",
                    shell=True,
                    cwd=self.source,
                    env={**self.environ, "PGAPPNAME": name},
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    preexec_fn=dies_with_parent(signal.SIGKILL),  # noqa: PLW1509
                )
        return self

    def log(self, name: str) -> Path:
        return self.home / f"{name}.log"

    def kill(self, name: str) -> None:
        """As a crash would, with all its children."""
        process = self.processes.pop(name)
        for pid in (process.pid, *descendants(process.pid)):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        process.wait()

    def stop(self, name: str) -> tuple[int, float]:
        """The exit code, and the seconds it took."""
        process, began = self.processes.pop(name), time.monotonic()
        process.terminate()
        return process.wait(40), time.monotonic() - began

    def close(self) -> None:
        for name in list(self.processes):
            self.kill(name)

    def get(self, path: str, **options: Any) -> requests.Response:
        return requests.get(self.url + path, timeout=30, **options)

    def post(self, path: str, **body: Any) -> requests.Response:
        return requests.post(self.url + path, json=body, timeout=30)

    def register(self, email: str) -> requests.Response:
        return self.post("/v1/auth/register", email=email, password=PASSWORD)

    def register_patiently(self, email: str) -> int:
        """As a polite client does: comes again when it is told to."""
        while (answered := self.register(email)).status_code == 503:
            time.sleep(int(answered.headers["Retry-After"]))
        return answered.status_code

    def answers(self) -> bool:
        try:
            return self.get("/health").ok
        except requests.ConnectionError:
            return False

    def check(self, name: str) -> str:
        return str(self.get("/ready").json()["checks"][name]["status"])

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._cursor() as cursor:
            cursor.execute(sql, values or None)
            return cursor.fetchall()

    def run(self, sql: str, *values: Any) -> None:
        with self._cursor() as cursor:
            cursor.execute(sql, values or None)

    @contextmanager
    def _cursor(self) -> Iterator[Cursor]:
        connection = psycopg2.connect(self.postgres.url)
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()


@contextmanager
def temporary_home() -> Iterator[Path]:
    """Where servers that run as somebody else may look, and sockets have short names."""
    home = Path(tempfile.mkdtemp(prefix="ostiary-stage-"))
    home.chmod(0o711)
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def open_stage(home: Path, source: Path = ROOT, /, **settings: str) -> Iterator[Stage]:
    """A Postgres, a Redis and a mailbox of its own, and no process yet."""
    with ExitStack() as opened:
        postgres = opened.enter_context(_postgres_for(source, home))
        redis = opened.enter_context(
            EmbeddedRedis(home=home, durable=False, program=redis_program())
        )
        mailbox = opened.enter_context(Mailbox())
        stage = Stage(home, postgres, redis, mailbox, settings, source=source)
        opened.callback(stage.close)
        if source != ROOT:
            stage.migrate()
        yield stage


def _postgres_for(source: Path, home: Path) -> EmbeddedPostgres:
    """With the schema where it is ours; another release brings its own."""
    if source == ROOT:
        return seeded_postgres(home)
    return EmbeddedPostgres(home=home, durable=False, program=postgres_program())
