"""The processes of a stack, as the Procfile names them: started, stopped and killed one by one."""

import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from workshop.harness.errors import CannotStart
from workshop.harness.process_tree import descendants, dies_with_parent, signal_each
from workshop.harness.procfile import Procfile

PATIENCE_SECONDS = 35.0


@dataclass
class Processes:
    """Start them from the main thread: on Linux they end with the thread that began them."""

    procfile: Procfile
    environ: Mapping[str, str]
    folder: Path
    logs: Path
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def release(self) -> None:
        done = self.run(*(self.procfile.release or "true").split())
        if done.returncode:
            raise CannotStart(f"release failed:\n{done.stdout}{done.stderr}")

    def run(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """A command of an operator, with the environment of the processes."""
        return subprocess.run(
            words,
            check=False,
            cwd=self.folder,
            env=self.environ,
            input=stdin,
            capture_output=True,
            text=True,
        )

    def start(self, *names: str) -> None:
        for name in names:
            with (self.logs / f"{name}.log").open("ab") as log:
                self._running[name] = subprocess.Popen(
                    ["sh", "-c", f"exec {self.procfile.processes[name]}"],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=self.folder,
                    env=self.environ,
                    start_new_session=True,
                    preexec_fn=dies_with_parent(signal.SIGKILL),  # noqa: PLW1509
                )

    def kill(self, name: str) -> None:
        """As a crash would, with all its children."""
        process = self._running.pop(name)
        signal_each(signal.SIGKILL, process.pid, *descendants(process.pid))
        process.wait()

    def stop(self, *names: str) -> None:
        """In order, all of them at once."""
        for name in names:
            self._running[name].terminate()
        for name in names:
            with suppress(subprocess.TimeoutExpired):
                self._running[name].wait(PATIENCE_SECONDS)
            self.kill(name)

    def kill_all(self) -> None:
        for name in list(self._running):
            self.kill(name)

    def ensure_all_run(self) -> None:
        """Raises CannotStart with the last words of one that has ended."""
        for name, process in self._running.items():
            if process.poll() is not None:
                words = (self.logs / f"{name}.log").read_text(errors="replace").splitlines()
                raise CannotStart("\n".join([f"{name} has ended:", *words[-8:]]))
