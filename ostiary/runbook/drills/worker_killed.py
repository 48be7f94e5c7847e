"""Every worker is killed: the watchdog sends the letters."""

from collections.abc import Iterator
from contextlib import contextmanager

from ostiary.runbook.rehearsal.drill import PROCESS, Drill
from ostiary.runbook.rehearsal.milestones import LETTERS
from ostiary.runbook.rehearsal.stack import Stack


@contextmanager
def killed(stack: Stack) -> Iterator[None]:
    stack.processes.kill("worker")
    try:
        yield
    finally:
        stack.processes.start("worker")


WORKER_KILLED = Drill(
    name="worker-killed",
    runbook="workers-missing",
    injects="the only worker is killed with all its children",
    undone="a worker runs again",
    expects="Not one answer fails or waits; the watchdog sends the letters.",
    fault=killed,
    check="workers",
    alert="workers_missing",
    within=PROCESS | {LETTERS: 10},
)
