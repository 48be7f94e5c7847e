"""The terminal of whoever is on call: the runbook's variables, and its programs."""

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from shutil import which
from urllib.parse import urlsplit

from tests.compose_file import make_secrets
from tests.processes.stage import PASSWORD, Stage
from tests.runbook_commands import Procedure
from tests.source_tree import HOUSE
from workshop.harness.unprivileged import give_to_server, server_identity

PATIENCE_SECONDS = 60
# What goes on until it is stopped, and what it says once it is at work.
LASTING = {"ostiary watch": "watchdog_started"}
# The Sentinel here is on a free port.
REDIS_CLI = """
[ "$1 $2" = '-p 26379' ] && shift 2 && set -- -p "$SENTINEL_PORT" "$@"
exec {} "$@"
"""


@dataclass
class Terminal:
    """Stands in a folder of the stage that looks like the one with compose.prod.yml."""

    stage: Stage

    def __post_init__(self) -> None:
        self.folder.mkdir(mode=0o755)
        for name in ("compose.prod.yml", "docs"):
            (self.folder / name).symlink_to(HOUSE / name)
        for name in ("backup", "backup/wal"):
            give_to_server(self.folder / name, server_identity())
        make_secrets(self.folder / "secrets")
        (self.folder / "secrets/redis_password").chmod(0o600)
        (self.folder / "secrets/redis_password").write_text(self.stage.redis.password)
        self._put_program("docker", f'exec {sys.executable} -m tests.processes.docker "$@"')
        self._put_program("kubectl", f'exec {sys.executable} -m tests.processes.kubectl "$@"')
        (self.folder / "cluster").write_text("ostiary\n")
        self._put_program("redis-cli", REDIS_CLI.format(which("redis-cli")))

    @property
    def folder(self) -> Path:
        return self.stage.home / "terminal"

    @property
    def backup(self) -> Path:
        return self.folder / "backup"

    @cached_property
    def environ(self) -> dict[str, str]:
        postgres, redis = self.stage.postgres, self.stage.redis
        programs = (self.folder / "programs", postgres._binary("psql").parent)
        return {
            **self.stage.environ,
            "PATH": os.pathsep.join((*map(str, programs), self.stage.environ["PATH"])),
            "RATE_LIMIT_REDIS_URL": redis.url,
            "SERVER_URL": postgres.url_of("postgres"),
            "RESTORED_URL": postgres.url_of("restored"),
            "PASSWORD": PASSWORD,
            **_of_containers(self.stage, self.folder),
        }

    def paste(self, procedure: Procedure, *, expected: int = 0) -> str:
        """What all of it said; the first line that ends otherwise fails, by name."""
        return "".join(self.type(line, expected) for line in procedure.lines)

    def type(self, line: str, expected: int = 0) -> str:
        """A variable keeps the value that it has, where whoever is on call would choose another."""
        if assigned := re.fullmatch(r"([A-Z]+)='(.*)'", line):
            self.environ.setdefault(*assigned.groups())
            return ""
        if line in LASTING:
            return self._begin_and_stop(line)
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", line],
            check=False,
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
        assert done.returncode == expected, f"$ {line}\n{done.stdout}"
        return done.stdout

    def _begin_and_stop(self, line: str) -> str:
        log, until = self.folder / "lasting.log", time.monotonic() + PATIENCE_SECONDS
        with log.open("w") as output, self._begun(line, output.fileno()) as process:
            while LASTING[line] not in log.read_text() and time.monotonic() < until:
                time.sleep(0.05)
            process.terminate()
        assert process.returncode == 0, log.read_text()
        return log.read_text()

    def _begun(self, line: str, output: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ["bash", "-c", f"exec {line}"], cwd=self.folder, env=self.environ, stdout=output
        )

    def _put_program(self, name: str, command: str) -> None:
        program = self.folder / "programs" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\nexport PYTHONPATH={HOUSE}\n{command}\n")
        program.chmod(0o755)


def _of_containers(stage: Stage, folder: Path) -> dict[str, str]:
    """What each finds in its own, and here shares with the others."""
    parts = urlsplit(stage.postgres.url)
    return {
        "PGHOST": str(parts.hostname),
        "PGPORT": str(parts.port),
        "PGUSER": str(parts.username),
        "PGPASSWORD": str(parts.password),
        "PGDATA": str(stage.postgres.data),
        "BACKUP": str(folder / "backup"),
        "SECRETS": str(folder / "secrets"),
        "CLUSTER": str(folder / "cluster"),
        "REDIS_PORT": str(stage.redis.port),
        "REDIS_DATA": str(stage.redis.data),
    }
