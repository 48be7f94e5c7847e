"""A whole Ostiary for drills alone: in a temporary folder, on free ports, gone when it closes."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ostiary.platform.identifiers import new_token
from workshop.harness.binaries import find_postgres, find_redis
from workshop.harness.errors import CannotStart
from workshop.harness.ports import LOOPBACK, free_port
from workshop.harness.postgres import EmbeddedPostgres
from workshop.harness.procfile import read_procfile
from workshop.harness.readiness import missing
from workshop.harness.redis import EmbeddedRedis
from workshop.mailbox import Mailbox
from workshop.rehearsal.door import Door
from workshop.rehearsal.fitness import WINDOW_SECONDS
from workshop.rehearsal.own_faults import faults_of
from workshop.rehearsal.processes import Processes

OPERATOR = "operator@example.com"
# The mailbox asks for no signature.
SECRET = "whsec_b3N0aWFyeSBzaWducyBpdHMgYWxlcnRz"
# Flower is not part of what a drill breaks or needs.
NAMES = ("web", "worker", "beat", "watch")
PATIENCE_SECONDS = 60.0


@dataclass
class OwnStack:
    home: Path
    postgres: EmbeddedPostgres
    redis: EmbeddedRedis
    post: Mailbox
    folder: Path
    operator: str = OPERATOR
    port: int = field(default_factory=free_port)
    metrics_secret: str = field(default_factory=new_token)

    def __post_init__(self) -> None:
        procfile = read_procfile(self.folder / "Procfile")
        self.processes = Processes(procfile, self.environ(), self.folder, self.home)
        self.door = Door(f"http://{LOOPBACK}:{self.port}")
        self._faults = faults_of(self)

    def environ(self) -> dict[str, str]:
        """Nothing of the caller's own, so that no drill reaches what the caller has running."""
        return {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}",
            "PORT": str(self.port),
            "PUBLIC_URL": f"http://{LOOPBACK}:{self.port}",
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.redis.url,
            "RATE_LIMIT_REDIS_URL": self.redis.url,
            "SECRET_KEYS": new_token(),
            "SMTP_URL": self.post.smtp_url,
            "TRUSTED_PROXIES": "127.0.0.0/8",
            "ALERT_EMAILS": self.operator,
            "ALERT_WEBHOOK_URL": self.post.webhook_url,
            "ALERT_WEBHOOK_SECRET": SECRET,
            "ALERT_LOCKOUTS": f"10/{WINDOW_SECONDS}s",
            "ALERT_METRICS_DENIED": f"10/{WINDOW_SECONDS}s",
            "METRICS_ENABLED": "true",
            "METRICS_GUARD_SECRET": self.metrics_secret,
            "WORKER_METRICS_PORT": "0",
            "WEB_CONCURRENCY": "2",
            "WORKER_CONCURRENCY": "2",
        }

    def start(self) -> None:
        self.processes.release()
        self.processes.start(*NAMES)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while lacking := missing(self.port):
            self.processes.ensure_all_run()
            if time.monotonic() > deadline:
                raise CannotStart(f"not up after {PATIENCE_SECONDS:g} s: {', '.join(lacking)}")
            time.sleep(0.2)

    def ostiary(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.processes.run("ostiary", *words)

    def settle(self) -> None:
        """A drill before has waited for it."""

    def inject(self, drill: str) -> None:
        self._faults[drill].inject()

    def undo(self, drill: str) -> None:
        self._faults[drill].undo()

    def kill(self) -> None:
        """Everything at once."""
        self.processes.kill_all()


@contextmanager
def open_own_stack(folder: Path, say: Callable[[str], None]) -> Iterator[OwnStack]:
    with ExitStack() as opened:
        home = Path(tempfile.mkdtemp(prefix="ostiary-drill-"))
        opened.callback(shutil.rmtree, home, ignore_errors=True)
        home.chmod(0o711)
        postgres = EmbeddedPostgres(home=home, program=find_postgres())
        redis = EmbeddedRedis(home=home, program=find_redis())
        say(f"starting Postgres {postgres.program} and Redis {redis.program}")
        opened.enter_context(postgres)
        opened.enter_context(redis)
        mailbox = opened.enter_context(Mailbox())
        stack = OwnStack(home, postgres, redis, mailbox, folder)
        opened.callback(stack.kill)
        say("starting web, worker, beat and watch")
        stack.start()
        yield stack
