"""Redis is killed: nobody notices but the operator."""

from collections.abc import Iterator
from contextlib import contextmanager

from ostiary.runbook.rehearsal.drill import DEPENDENCY, Drill
from ostiary.runbook.rehearsal.milestones import LETTERS
from ostiary.runbook.rehearsal.stack import Stack


@contextmanager
def killed(stack: Stack) -> Iterator[None]:
    try:
        stack.redis.kill()
        yield
    finally:
        stack.redis.restart()


REDIS_DOWN = Drill(
    name="redis-down",
    runbook="redis-unavailable",
    injects="Redis is killed; connections are refused",
    undone="Redis runs again",
    expects="Not one answer fails or waits; letters arrive; no guess more than the budget.",
    fault=killed,
    check="redis",
    alert="redis_unavailable",
    within=DEPENDENCY | {LETTERS: 10},
)
