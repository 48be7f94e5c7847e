"""One command of the Procfile, or one that is measured beside it, on a port of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from workshop.harness.errors import CannotStart
from workshop.harness.ports import LOOPBACK, free_port
from workshop.harness.process_tree import descendants, dies_with_parent, signal_each

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60.0
GLANCE_SECONDS = 0.002


@dataclass
class Program:
    """Start it from the main thread: on Linux it ends with the thread that began it."""

    name: str
    command: str
    environ: Mapping[str, str]
    logs: Path
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self._process is not None

    @property
    def pid(self) -> int:
        if self._process is None:
            raise CannotStart(f"{self.name} does not run")
        return self._process.pid

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                ["sh", "-c", f"exec {self.command}"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env={**path_of_this_python(), **self.environ, "PORT": str(self.port)},
                start_new_session=True,
                preexec_fn=dies_with_parent(signal.SIGKILL),  # noqa: PLW1509
            )

    def stop(self) -> None:
        if self._process is not None:
            signal_each(signal.SIGKILL, self.pid, *descendants(self.pid))
            self._process.wait()
            self._process = None

    def await_answer(self, path: str) -> float:
        """The seconds until the first 200."""
        began = time.perf_counter()
        while not (self._listens() and self._answers(path)):
            if self._process is None or self._process.poll() is not None:
                words = self._log.read_text(errors="replace").splitlines()
                raise CannotStart("\n".join([f"{self.name} has ended:", *words[-8:]]))
            if time.perf_counter() - began > PATIENCE_SECONDS:
                raise CannotStart(f"{self.name} did not answer")
            time.sleep(GLANCE_SECONDS)
        return time.perf_counter() - began

    @property
    def _log(self) -> Path:
        return self.logs / f"{self.name}.log"

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((LOOPBACK, self.port)) == 0

    def _answers(self, path: str) -> bool:
        connection = HTTPConnection(LOOPBACK, self.port, timeout=PATIENCE_SECONDS)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()


def path_of_this_python() -> dict[str, str]:
    return {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}"}
