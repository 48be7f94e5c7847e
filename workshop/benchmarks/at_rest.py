"""Ostiary before anybody asks it anything: how soon it answers, and how much memory it holds."""

import re
import time
from pathlib import Path
from typing import NamedTuple

from workshop.benchmarks.figures import Effort, Figure
from workshop.benchmarks.meter import seconds_of_family
from workshop.benchmarks.program import Program
from workshop.benchmarks.stack import Stack
from workshop.harness.process_tree import descendants

# What starts in the background has started by then.
SETTLING_SECONDS = 3.0
PATIENCE_SECONDS = 60.0
CHILDREN = 2
_LINE = re.compile(r"^(\w+):\s+(\d+) kB$", re.MULTILINE)


class Memory(NamedTuple):
    """MiB: all that is mapped, one's share of it, and what would be free without this process."""

    rss: float
    pss: float
    own: float


def start(stack: Stack, effort: Effort) -> list[Figure]:
    """Web as the Procfile starts it, everything from the first line of Python on."""
    web, waits, used = stack.programs["web"], [], []
    for _ in range(effort.rounds):
        web.start()
        waits.append(web.await_answer("/health"))
        used.append(seconds_of_family(web.pid))
        web.stop()
    return [
        Figure("from start to the first 200", "s", waits),
        Figure("from start to the first 200, CPU of all processes", "s", used),
    ]


def memory(stack: Stack, _effort: Effort) -> list[Figure]:
    web = stack.program("web at rest", stack.procfile.processes["web"], WEB_CONCURRENCY="2")
    worker = stack.program(
        "worker at rest", stack.procfile.processes["worker"], WORKER_CONCURRENCY=str(CHILDREN)
    )
    web.start()
    web.await_answer("/health")
    everybody = _settled(web)
    web.stop()
    worker.start()
    _await_children(worker, CHILDREN)
    _, *children = _settled(worker)
    worker.stop()
    return [
        Figure("web with two processes at rest, PSS", "MiB", [sum(each.pss for each in everybody)]),
        Figure("web with two processes at rest, RSS", "MiB", [sum(each.rss for each in everybody)]),
        Figure("a worker's child, its own", "MiB", [max(each.own for each in children)]),
        Figure("a worker's child, RSS", "MiB", [max(each.rss for each in children)]),
    ]


def _settled(program: Program) -> list[Memory]:
    """Of the process and of all it begot."""
    time.sleep(SETTLING_SECONDS)
    return [_memory_of(each) for each in (program.pid, *descendants(program.pid))]


def _await_children(program: Program, number: int) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while len(descendants(program.pid)) < number and time.monotonic() < until:
        time.sleep(0.1)


def _memory_of(pid: int) -> Memory:
    kilobytes = {
        name: int(number)
        for name, number in _LINE.findall(Path(f"/proc/{pid}/smaps_rollup").read_text())
    }
    own = kilobytes["Private_Clean"] + kilobytes["Private_Dirty"]
    return Memory(*(each / 1024 for each in (kilobytes["Rss"], kilobytes["Pss"], own)))
