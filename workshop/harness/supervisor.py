"""Runs the Procfile's processes together: if one ends, the others have nothing to stay for."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Thread

from workshop.harness.errors import CannotStart
from workshop.harness.process_tree import dies_with_parent

PATIENCE_SECONDS = 30.0
GLANCE_SECONDS = 0.05


class Supervisor:
    """Each process leads a group of its own, so Ctrl-C reaches it through us alone.

    Call it from the main thread: on Linux the processes end with the thread that began them.
    """

    def __init__(self, show: Callable[[str, str], None]) -> None:
        self._show = show
        self._running: dict[str, subprocess.Popen[str]] = {}
        self._readers: list[Thread] = []

    def run(self, name: str, command: str, environ: Mapping[str, str], folder: Path) -> None:
        """Waits for a process that is to end; raises CannotStart when it fails."""
        self.start(name, command, environ, folder)
        code = self._running[name].wait()
        del self._running[name]
        if code:
            raise CannotStart(f"{name} failed {_how(code)}.")

    def start(self, name: str, command: str, environ: Mapping[str, str], folder: Path) -> None:
        process = subprocess.Popen(
            ["sh", "-c", f"exec {command}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd=folder,
            env=environ,
            start_new_session=True,
            preexec_fn=dies_with_parent(signal.SIGTERM),  # noqa: PLW1509
        )
        self._running[name] = process
        self._readers.append(Thread(target=self._relay, args=(name, process), daemon=True))
        self._readers[-1].start()

    def ensure_all_run(self) -> None:
        """Raises CannotStart naming the first process that has ended."""
        for name, process in self._running.items():
            code = process.poll()
            if code is not None:
                raise CannotStart(f"{name} ended {_how(code)}, so everything stops.")

    def stop(self) -> None:
        """Asks every process to end, and makes those that take longer than 30 s."""
        for process in self._running.values():
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline and any(self._alive()):
            time.sleep(GLANCE_SECONDS)
        for name in self._alive():
            self._show(name, f"did not stop within {PATIENCE_SECONDS:g} s")
        self.kill()
        for reader in self._readers:
            reader.join(timeout=1)

    def kill(self) -> None:
        """Ends at once every process and what it began."""
        for process in self._running.values():
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                continue

    def _alive(self) -> list[str]:
        return [name for name, process in self._running.items() if process.poll() is None]

    def _relay(self, name: str, process: subprocess.Popen[str]) -> None:
        for line in process.stdout or ():
            self._show(name, line.rstrip("\n"))


def _how(code: int) -> str:
    return f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
