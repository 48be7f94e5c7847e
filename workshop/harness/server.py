"""A server of our own on a loopback port: started, stopped, killed, frozen and thawed."""

import os
import shutil
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Self

from ostiary.platform.identifiers import new_token
from workshop.harness.errors import CannotStart
from workshop.harness.ports import free_port, is_free
from workshop.harness.process_tree import descendants, dies_with_parent, signal_each
from workshop.harness.unprivileged import Identity

PATIENCE_SECONDS = 30.0
GLANCE_SECONDS = 0.01


@dataclass(kw_only=True)
class Server(ABC):
    """Start it from a thread that lives as long as it should: Linux ties the two together.

    Without `durable` a crash of the machine may lose data, which tests do not mind.
    """

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]

    home: Path
    port: int = field(default_factory=free_port)
    password: str = field(default_factory=new_token, repr=False)
    durable: bool = True
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    @property
    @abstractmethod
    def url(self) -> str: ...

    @abstractmethod
    def _prepare(self) -> None: ...

    @abstractmethod
    def _command(self) -> list[str]: ...

    @abstractmethod
    def _answers(self) -> bool: ...

    @property
    @abstractmethod
    def data(self) -> Path: ...

    @abstractmethod
    def end_leftover(self) -> None:
        """Stops the server of a run that was killed; whoever calls this owns the folder alone."""

    @property
    def log(self) -> Path:
        return self.home / f"{self.name}.log"

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError(f"{self.name} is not running")
        return self._process.pid

    def start(self) -> Self:
        self._prepare()
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.data,
                env=self._environment(),
                start_new_session=True,
                preexec_fn=dies_with_parent(self.stop_signal),  # noqa: PLW1509
                **self._identity(),
            )
        self._await_answer(self._process)
        return self

    def stop(self) -> None:
        """Orderly, and by force if that takes too long; thaws it first. May be repeated."""
        if self._process is None:
            return
        self.thaw()
        self._process.send_signal(self.stop_signal)
        try:
            self._process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """As a crash would, with everything it had begun."""
        signal_each(signal.SIGKILL, self.pid, *descendants(self.pid))
        if self._process is not None:
            self._process.wait()
        self._process = None

    def settle(self, *, fresh: bool = False) -> None:
        """Before the first start: clears what is left, and the port's loss, out of the way."""
        self.end_leftover()
        if fresh:
            shutil.rmtree(self.data, ignore_errors=True)
        if not is_free(self.port):
            self.port = free_port()

    def restart(self) -> None:
        self.stop()
        self.start()

    def freeze(self) -> None:
        """Every process stands still; connections hang instead of being refused."""
        signal_each(signal.SIGSTOP, self.pid)
        signal_each(signal.SIGSTOP, *descendants(self.pid))

    def thaw(self) -> None:
        signal_each(signal.SIGCONT, *descendants(self.pid), self.pid)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _identity(self) -> Identity:
        return Identity()

    def _environment(self) -> Mapping[str, str]:
        return {"PATH": os.defpath, "HOME": str(self.data), "LC_ALL": "C"}

    def _await_answer(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._answers():
            if process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise CannotStart(
                    f"{self.name} did not start; {self.log} says:\n{self._last_words()}"
                )
            time.sleep(GLANCE_SECONDS)

    def _last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])
