"""Redis stands still: no call waits for it, and nobody notices but the operator."""

from collections.abc import Iterator
from contextlib import contextmanager

from ostiary.runbook.rehearsal.drill import DEPENDENCY, Drill
from ostiary.runbook.rehearsal.milestones import LETTERS
from ostiary.runbook.rehearsal.stack import Stack


@contextmanager
def frozen(stack: Stack) -> Iterator[None]:
    try:
        stack.redis.freeze()
        yield
    finally:
        stack.redis.thaw()


REDIS_FROZEN = Drill(
    name="redis-frozen",
    runbook="redis-unavailable",
    injects="Redis stands still; connections hang instead of being refused",
    undone="Redis goes on",
    expects="Not one answer fails or waits; letters arrive; no guess more than the budget.",
    fault=frozen,
    check="redis",
    alert="redis_unavailable",
    within=DEPENDENCY | {LETTERS: 10},
)
