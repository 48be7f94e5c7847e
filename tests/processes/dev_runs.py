"""A run of `ostiary dev` in a folder of its own, with its output read line by line."""

import os
import shlex
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import Timer

from workshop.harness.ports import free_port

REPOSITORY = Path(__file__).parents[2]
STAND_INS = Path(__file__).with_name("stand_ins.py")
COMMAND = [str(Path(sys.executable).with_name("ostiary")), "dev"]
PORTS = ("PORT", "FLOWER_PORT", "WORKER_METRICS_PORT", "MAILBOX_SMTP_PORT", "MAILBOX_PORT")
PATIENCE_SECONDS = 90


class Running:
    """One `ostiary dev`, its output read line by line."""

    def __init__(self, folder: Path, environ: dict[str, str], *arguments: str) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=folder,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._limit = Timer(PATIENCE_SECONDS, self.process.kill)
        self._limit.start()

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def until(self, text: str) -> str:
        """Everything said up to the line with that text."""
        for line in self.process.stdout or ():
            self.lines.append(line.rstrip("\n"))
            if text in line:
                return self.output
        raise AssertionError(f"never said {text!r}:\n{self.output}")

    def up(self) -> "Running":
        self.until("Ctrl-C stops everything")
        return self

    def ends(self) -> int:
        self.lines += [line.rstrip("\n") for line in self.process.stdout or ()]
        self._limit.cancel()
        return self.process.wait()

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.ends()


def project_below(home: Path) -> Path:
    """A folder whose data a Postgres started by root can reach."""
    folder = Path(tempfile.mkdtemp(dir=home))
    folder.chmod(0o711)
    return folder


def own_ports() -> dict[str, str]:
    """Nothing that another test or a developer has set."""
    return {"PATH": os.environ["PATH"]} | {name: str(free_port()) for name in PORTS}


def stand_in(what: str) -> str:
    return f"{shlex.quote(sys.executable)} -u {shlex.quote(str(STAND_INS))} {what}"
