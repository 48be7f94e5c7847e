"""The commands and environments of compose.prod.yml, to be started on a stage's servers."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from tests.compose_file import OURS, environment, make_secrets
from tests.processes.stage import Stage, open_stage, temporary_home, wait_until
from tests.source_tree import HOUSE
from workshop.harness.ports import free_port
from workshop.harness.procfile import Procfile


def on_loopback(address: str) -> str:
    """Where an address of the network `front` is here."""
    return address.replace("172.30.83.", "127.30.83.")


@dataclass
class Composition:
    """The commands, environments and secrets of compose.prod.yml on a stage's servers."""

    stage: Stage
    secrets: Path

    def __post_init__(self) -> None:
        commands = {name: " ".join(service["command"]) for name, service in OURS.items()}
        self.stage.commands = Procfile(release=None, processes=commands)
        self.ports = {name: free_port() for name in ("FLOWER_PORT", "WORKER_METRICS_PORT")}
        make_secrets(self.secrets, self.stage.mailbox.smtp_url)
        for name, url in (
            ("database_url", self.stage.postgres.url),
            ("redis_url", self.stage.redis.url),
        ):
            (self.secrets / name).unlink()
            (self.secrets / name).write_text(url)

    def secret(self, name: str) -> str:
        return (self.secrets / name).read_text().strip()

    def environ(self, name: str) -> dict[str, str]:
        """Ports are free ones, and what the image sets is set."""
        return {
            **environment(OURS[name], self.secrets),
            **{port: str(number) for port, number in self.ports.items()},
            "PORT": str(self.stage.port),
            "TRUSTED_PROXIES": on_loopback(OURS[name]["environment"]["TRUSTED_PROXIES"]),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}",
            "TMPDIR": str(self.stage.home),
            "WEB_CONCURRENCY": "1",
            "WORKER_CONCURRENCY": "1",
        }

    def start(self, name: str) -> None:
        self.stage.environ = self.environ(name)
        self.stage.start(name)

    def run(self, name: str, *command: str) -> int:
        environ, command = self.environ(name), command or tuple(OURS[name]["command"])
        return subprocess.run(command, check=False, cwd=HOUSE, env=environ).returncode


@contextmanager
def open_composition(*names: str) -> Iterator[Composition]:
    """These services run, and Postgres has its schema."""
    with temporary_home() as home, open_stage(home) as stage:
        composition = Composition(stage, home / "secrets")
        assert composition.run("migrate") == 0
        for name in names:
            composition.start(name)
        wait_until(stage.answers)
        yield composition


def status(url: str, *, verify: bool = True) -> int:
    """0 while nobody listens."""
    try:
        return requests.get(url, timeout=5, verify=verify).status_code
    except requests.ConnectionError:
        return 0
