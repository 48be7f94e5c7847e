"""Who begot whom among the processes of this machine, and dying with one's parent."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

PR_SET_PDEATHSIG = 1
ZOMBIE = "Z"


class Relative(NamedTuple):
    pid: int
    parent: int
    command: str


def dies_with_parent(with_signal: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn`; on Linux the signal comes when the thread that starts the child ends."""
    parent = os.getpid()
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def bind() -> None:
        if prctl is not None:
            prctl(PR_SET_PDEATHSIG, int(with_signal))
        if os.getppid() != parent:
            os._exit(1)

    return bind


def descendants(pid: int) -> list[int]:
    everyone, found = processes(), [pid]
    for ancestor in found:
        found += [each.pid for each in everyone if each.parent == ancestor]
    return found[1:]


def signal_each(number: signal.Signals, *pids: int) -> None:
    """Those that have ended meanwhile are passed over."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def find_process(pid: int) -> Relative | None:
    return next((each for each in processes() if each.pid == pid), None)


def processes() -> list[Relative]:
    """All that run; those that have ended and were not waited for do not count."""
    return list(_from_proc() if sys.platform == "linux" else _from_ps())


def _from_proc() -> list[Relative]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
            after_name = (folder / "stat").read_text(errors="replace").rpartition(")")[2]
        except OSError:
            continue
        state, parent, *_ = after_name.split()
        if state != ZOMBIE:
            found.append(Relative(int(folder.name), int(parent), os.fsdecode(command)))
    return found


def _from_ps() -> list[Relative]:
    listing = subprocess.run(
        ["ps", "-axo", "state=,pid=,ppid=,command="], capture_output=True, text=True, check=True
    )
    rows = (line.split(None, 3) for line in listing.stdout.splitlines())
    return [
        Relative(int(pid), int(parent), " ".join(rest))
        for state, pid, parent, *rest in rows
        if state[0] != ZOMBIE
    ]
