"""What drills ask of a stack, be it one of their own or one that an operator names."""

import subprocess
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from workshop.rehearsal.door import Door


class Letter(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def links(self) -> Sequence[str]: ...


class Call(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def body(self) -> dict[str, Any]: ...


class Post(Protocol):
    """What arrived, newest first; after one that is known, only what is newer."""

    def letters(self, *, to: str | None = None, after: str | None = None) -> Sequence[Letter]: ...
    def calls(self, *, after: str | None = None) -> Sequence[Call]: ...


class Stack(Protocol):
    """`operator` is who gets the alerts by mail, `metrics_secret` opens the metrics."""

    @property
    def door(self) -> Door: ...
    @property
    def post(self) -> Post: ...
    @property
    def operator(self) -> str: ...
    @property
    def metrics_secret(self) -> str: ...

    def ostiary(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The command, as an operator gives it where the processes run."""

    def settle(self) -> None:
        """Waits until nothing is wrong; raises CannotStart when something stays wrong."""

    def inject(self, drill: str) -> None:
        """Breaks what this drill breaks."""

    def undo(self, drill: str) -> None:
        """Mends it, also where it was broken only half the way."""

    def kill(self) -> None:
        """For somebody who cannot wait; only what is the drill's own."""


Say = Callable[[str], None]
# Says what it does meanwhile.
Opening = Callable[[Say], AbstractContextManager[Stack]]
