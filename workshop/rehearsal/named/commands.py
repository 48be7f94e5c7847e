"""An operator's own commands: let finish within their time, and told by name when they fail."""

import os
import shlex
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from typing import IO

from ostiary.platform.signals import undisturbed
from workshop.harness.errors import CannotStart

# The end of what a command says is where it says what is wrong.
TOLD_CHARACTERS = 2000


@dataclass(frozen=True)
class Shell:
    """Nothing that a terminal sends reaches a command; it is ended when its seconds are over."""

    seconds: float

    def run(self, name: str, line: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Whatever its exit code is; raises CannotStart when it takes too long."""
        command = f"{line} {shlex.join(words)}" if words else line
        # Files, since what a command leaves running in the background would hold a pipe open.
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            with undisturbed():
                code = self._wait(command, out, err)
            said, complained = _content(out), _content(err)
        if code is None:
            reason = f"{name} took longer than {self.seconds:g} s"
            raise CannotStart(_told(reason, command, said + complained))
        return subprocess.CompletedProcess(command, code, said, complained)

    def insist(self, name: str, line: str, *words: str) -> str:
        """What it says; raises CannotStart when it fails."""
        done = self.run(name, line, *words)
        if done.returncode:
            reason = f"{name} failed with exit code {done.returncode}"
            raise CannotStart(_told(reason, str(done.args), done.stdout + done.stderr))
        return done.stdout

    def _wait(self, command: str, out: IO[str], err: IO[str]) -> int | None:
        process = subprocess.Popen(
            ["sh", "-c", command],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        try:
            return process.wait(self.seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return None


def _content(file: IO[str]) -> str:
    file.seek(0)
    return file.read()


def _told(reason: str, command: str, said: str) -> str:
    return "\n".join([f"{reason}: {command}", said.strip()[-TOLD_CHARACTERS:]]).rstrip()
