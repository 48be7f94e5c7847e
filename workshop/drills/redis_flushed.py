"""Redis is emptied again and again: no guess is won by it, no letter lost, and no alert sent."""

from contextlib import AbstractContextManager

from workshop.rehearsal.drill import Drill
from workshop.rehearsal.milestones import LETTERS, RECOVERED
from workshop.rehearsal.repetition import repeated
from workshop.rehearsal.stack import Stack

PAUSE_SECONDS = 0.5


def flushed(stack: Stack) -> AbstractContextManager[None]:
    return repeated(lambda: stack.inject("redis-flushed"), pause=PAUSE_SECONDS)


REDIS_FLUSHED = Drill(
    name="redis-flushed",
    runbook="redis-unavailable",
    injects="Redis is emptied twice a second",
    undone="Redis keeps what it is given",
    expects="Not one answer fails or waits; letters arrive; no guess more than the budget.",
    fault=flushed,
    needs=("inject",),
    within={LETTERS: 10, RECOVERED: 10},
    least=8,
)
