"""A whole Ostiary for drills alone: in a temporary folder, on free ports, gone when it closes."""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ostiary.dev.binaries import find_postgres, find_redis
from ostiary.dev.errors import CannotStart
from ostiary.dev.mailbox import Mailbox
from ostiary.dev.ports import LOOPBACK, free_port
from ostiary.dev.postgres import EmbeddedPostgres
from ostiary.dev.procfile import read_procfile
from ostiary.dev.readiness import missing
from ostiary.dev.redis import EmbeddedRedis
from ostiary.platform.chance import new_token
from ostiary.runbook.rehearsal.processes import Processes
from ostiary.runbook.rehearsal.receiver import SECRET, Receiver

OPERATOR = "operator@example.com"
# Flower is not part of what a drill breaks or needs.
NAMES = ("web", "worker", "beat", "watch")
PATIENCE_SECONDS = 60.0
# Windows of the alerts that count, which are minutes in production.
WINDOW_SECONDS = 15


@dataclass
class Stack:
    """`metrics_secret` opens the metrics."""

    home: Path
    postgres: EmbeddedPostgres
    redis: EmbeddedRedis
    mailbox: Mailbox
    receiver: Receiver
    folder: Path
    port: int = field(default_factory=free_port)
    metrics_secret: str = field(default_factory=new_token)

    def __post_init__(self) -> None:
        procfile = read_procfile(self.folder / "Procfile")
        self.processes = Processes(procfile, self.environ(), self.folder, self.home)

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
            "SMTP_URL": self.mailbox.smtp_url,
            "TRUSTED_PROXIES": "127.0.0.0/8",
            "ALERT_EMAILS": OPERATOR,
            "ALERT_WEBHOOK_URL": self.receiver.url,
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

    def kill(self) -> None:
        """Everything at once; for somebody who cannot wait."""
        self.processes.kill_all()


@contextmanager
def open_stack(folder: Path, say: Callable[[str], None]) -> Iterator[Stack]:
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
        receiver = opened.enter_context(Receiver())
        stack = Stack(home, postgres, redis, mailbox, receiver, folder)
        opened.callback(stack.kill)
        say("starting web, worker, beat and watch")
        stack.start()
        yield stack
