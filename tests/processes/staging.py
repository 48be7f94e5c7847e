"""A stage that stands for somebody's staging, and the file by which drills know it."""

import os
import shlex
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.processes.stage import ROOT, Stage, open_stage, wait_until
from tests.test_command_line import COMMAND
from workshop.harness.procfile import read_procfile
from workshop.harness.readiness import missing

SECRET = "a secret for those who scrape"
SETTINGS = {
    "APP_ENV": "staging",
    "DRILLS_ALLOWED": "true",
    "CORS_ORIGINS": "https://app.staging.example.com",
    "TRUSTED_PROXIES": "127.0.0.0/8",
    "ALERT_EMAILS": "operator@example.com",
    "ALERT_WEBHOOK_SECRET": "whsec_bm9ib2R5IGNoZWNrcyBpdCBoZXJl",
    "ALERT_LOCKOUTS": "10/15s",
    "ALERT_METRICS_DENIED": "10/15s",
    "METRICS_ENABLED": "true",
    "METRICS_GUARD_SECRET": SECRET,
    "RATE_LIMIT_LOGIN": "30/m",
    "RATE_LIMIT_REGISTER": "10/m",
    "RATE_LIMIT_REFRESH": "60/m",
    "RATE_LIMIT_TOKEN": "30/m",
    "RATE_LIMIT_MAIL": "5/h",
}
WORKER = read_procfile(ROOT / "Procfile").processes["worker"]


@dataclass
class Staging:
    """Its worker is started and killed by commands alone, as any operator would."""

    stage: Stage
    home: Path

    @property
    def inside(self) -> str:
        """What runs a command where the processes run."""
        return f"sh {self.home}/inside"

    @property
    def redis(self) -> int:
        process = self.stage.redis._process
        assert process
        return process.pid

    def start_worker(self) -> str:
        log, pid = self.home / "worker.log", self.home / "worker.pid"
        return f"{self.inside} setsid {WORKER} >>{log} 2>&1 & echo $! >{pid}"

    def kill_worker(self) -> str:
        return f"kill -KILL -$(cat {self.home}/worker.pid)"

    def is_frozen(self) -> bool:
        return Path(f"/proc/{self.redis}/stat").read_text().rpartition(")")[2].split()[0] == "T"

    def named(self, **changes: str) -> Path:
        """Commands by their place in the file, such as `redis_frozen_undo`."""
        said = {
            "redis_frozen_inject": f"kill -STOP {self.redis}",
            "redis_frozen_undo": f"kill -CONT {self.redis}",
            "worker_killed_inject": self.kill_worker(),
            "worker_killed_undo": self.start_worker(),
            **changes,
        }
        path = self.home / "staging.toml"
        path.write_text(
            f'web = "{self.stage.url}"\nmailbox = "{self.stage.mailbox.url}"\n'
            f'ostiary = "{self.inside} ostiary"\nmetrics_secret_file = "{self.home}/secret"\n'
            + "".join(f"faults.{_place(name)} = '{line}'\n" for name, line in said.items())
        )
        return path

    def drill(self, folder: Path, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [COMMAND, "drill", *words],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "APP_ENV": "staging"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


def _place(name: str) -> str:
    drill, _, command = name.rpartition("_")
    return f"{drill.replace('_', '-')}.{command}"


@contextmanager
def open_staging(home: Path) -> Iterator[Staging]:
    with open_stage(home, **SETTINGS) as stage:
        stage.environ["ALERT_WEBHOOK_URL"] = stage.mailbox.webhook_url
        exports = [f"export {name}={shlex.quote(value)}" for name, value in stage.environ.items()]
        (home / "inside").write_text("\n".join([*exports, f"cd {ROOT}", 'exec "$@"']))
        (home / "secret").write_text(SECRET)
        staging = Staging(stage, home)
        stage.start("web", "beat", "watch")
        subprocess.run(["sh", "-c", staging.start_worker()], check=True)
        try:
            wait_until(lambda: not missing(stage.port), seconds=60)
            yield staging
        finally:
            with suppress(ProcessLookupError):
                os.killpg(int((home / "worker.pid").read_text()), signal.SIGKILL)
