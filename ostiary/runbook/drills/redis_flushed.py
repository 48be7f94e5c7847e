"""Redis is emptied again and again: no guess is won by it, no letter lost, and no alert sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from ostiary.runbook.rehearsal.drill import Drill
from ostiary.runbook.rehearsal.milestones import LETTERS, RECOVERED
from ostiary.runbook.rehearsal.stack import Stack

PAUSE_SECONDS = 0.5


@contextmanager
def flushed(stack: Stack) -> Iterator[None]:
    over = Event()
    flushing = Thread(target=_flush, args=(stack, over), daemon=True)
    flushing.start()
    try:
        yield
    finally:
        over.set()
        flushing.join()


def _flush(stack: Stack, over: Event) -> None:
    while not over.wait(PAUSE_SECONDS):
        stack.redis.client().flushall()


REDIS_FLUSHED = Drill(
    name="redis-flushed",
    runbook="redis-unavailable",
    injects="Redis is emptied twice a second",
    undone="Redis keeps what it is given",
    expects="Not one answer fails or waits; letters arrive; no guess more than the budget.",
    fault=flushed,
    within={LETTERS: 10, RECOVERED: 10},
    least=8,
)
