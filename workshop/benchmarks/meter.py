"""Who has used the processors: ours, by what they belong to, and everybody else on this machine."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workshop.harness.process_tree import descendants

TICK = 1 / os.sysconf("SC_CLK_TCK")
CORES = os.cpu_count() or 1


Seconds = dict[str, float]


@dataclass(frozen=True)
class Meter:
    """The names, each with the process that begot all that belong to it."""

    roots: Mapping[str, int]

    def read(self) -> Seconds:
        """By name, since they began."""
        return {name: seconds_of_family(pid) for name, pid in self.roots.items()}

    def since(self, before: Seconds) -> Seconds:
        return {name: seconds - before[name] for name, seconds in self.read().items()}


def share_of_machine(*, ours: float, idle: float, seconds: float) -> float:
    """What was ours to use: what we have used, and what nobody has."""
    return min(1.0, (ours + idle) / (seconds * CORES))


def seconds_of_family(pid: int) -> float:
    """What they have used and what those that have ended had."""
    return sum(_seconds(each) for each in (pid, *descendants(pid)))


def _seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return sum(map(int, fields[11:15])) * TICK


def idle_seconds() -> float:
    """Of all cores together, waiting for a disk included."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    return (int(fields[4]) + int(fields[5])) * TICK
