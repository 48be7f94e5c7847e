"""Beat stops: nothing runs by the clock, and nobody notices but the operator."""

from collections.abc import Iterator
from contextlib import contextmanager

from ostiary.runbook.rehearsal.drill import PROCESS, Drill
from ostiary.runbook.rehearsal.milestones import LETTERS
from ostiary.runbook.rehearsal.stack import Stack


@contextmanager
def stopped(stack: Stack) -> Iterator[None]:
    stack.processes.stop("beat")
    try:
        yield
    finally:
        stack.processes.start("beat")


BEAT_STOPPED = Drill(
    name="beat-stopped",
    runbook="beat-stalled",
    injects="beat is stopped",
    undone="beat runs again",
    expects="Not one answer fails or waits; letters arrive.",
    fault=stopped,
    check="beat",
    alert="beat_stalled",
    within=PROCESS | {LETTERS: 10},
)
