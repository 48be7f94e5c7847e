"""A stack that an operator names, as drills ask of it."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from workshop.harness.errors import CannotStart
from workshop.rehearsal.door import Door
from workshop.rehearsal.named.commands import Shell
from workshop.rehearsal.named.file import StackFile
from workshop.rehearsal.named.marker import Marker
from workshop.rehearsal.post import DistantPost
from workshop.rehearsal.visitor import Visitor

# An alert of the drill before takes half a minute to resolve, or a minute.
PATIENCE_SECONDS = 90.0
GLANCE_SECONDS = 1.0


@dataclass(frozen=True)
class NamedStack:
    file: StackFile
    path: Path
    operator: str
    say: Callable[[str], None]

    @property
    def door(self) -> Door:
        return self.file.door

    @property
    def post(self) -> DistantPost:
        return self.file.post

    @property
    def metrics_secret(self) -> str:
        path = self.file.metrics_secret_file
        return path.read_text(encoding="utf-8").strip() if path else ""

    def ostiary(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self._shell.run("ostiary", self.file.ostiary, *words)

    def settle(self) -> None:
        deadline, said = time.monotonic() + PATIENCE_SECONDS, ""
        while wrong := ", ".join(self._wrong()):
            if time.monotonic() > deadline:
                raise CannotStart(f"{self.file.web} is not well: {wrong}")
            if wrong != said:
                said = wrong
                self.say(f"waiting, since {wrong}")
            time.sleep(GLANCE_SECONDS)

    def inject(self, drill: str) -> None:
        """Raises CannotStart when a command fails."""
        commands = self.file.faults[drill]
        if commands.undo:
            Marker(drill, str(self.path), commands.undo, self.file.command_seconds).leave()
        self._shell.insist(f"inject of {drill}", commands.inject or "")

    def undo(self, drill: str) -> None:
        """Raises CannotStart when a command fails, with what went wrong before; says it, too, since
        somebody who has been interrupted hears of no exception.
        """
        before = sys.exception()
        try:
            if left := Marker.find():
                left.mend()
        except CannotStart as problem:
            self.say(str(problem))
            story = [str(each) for each in (before, problem) if isinstance(each, CannotStart)]
            raise CannotStart("\n".join(story)) from None

    def kill(self) -> None:
        """Nothing of it is the drill's, and what is broken is being mended."""

    def _wrong(self) -> list[str]:
        told = Visitor(self.door).ask("GET", "/ready")
        if told.status == 0:
            return ["nobody answers"]
        checks = told.body.get("checks", {}).items()
        found = [f"{name} is {each['status']}" for name, each in checks if each["status"] != "up"]
        return found or [f"{rule} fires" for rule in self._firing()]

    def _firing(self) -> list[str]:
        listed = self._shell.insist("ostiary", self.file.ostiary, "alerts", "--firing", "--json")
        return [str(each["rule"]) for each in json.loads(listed)]

    @property
    def _shell(self) -> Shell:
        return Shell(self.file.command_seconds)


@contextmanager
def open_named_stack(
    file: StackFile, path: Path, operator: str, say: Callable[[str], None]
) -> Iterator[NamedStack]:
    """It runs already, and goes on running."""
    yield NamedStack(file, path, operator, say)
