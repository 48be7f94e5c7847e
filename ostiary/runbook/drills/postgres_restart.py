"""Postgres restarts: a few people are told to come again, nobody is lost, no alert is sent."""

from collections.abc import Iterator
from contextlib import contextmanager

from ostiary.runbook.rehearsal.drill import Drill
from ostiary.runbook.rehearsal.milestones import RECOVERED, SERVED
from ostiary.runbook.rehearsal.stack import Stack


@contextmanager
def restarting(stack: Stack) -> Iterator[None]:
    try:
        stack.postgres.stop()
        yield
    finally:
        stack.postgres.restart()


POSTGRES_RESTART = Drill(
    name="postgres-restart",
    runbook="postgres-unavailable",
    injects="Postgres is stopped for a second, as for an update",
    undone="Postgres runs again",
    expects="503 with Retry-After within 3 s, nothing lost, and no restart of ours.",
    fault=restarting,
    within={SERVED: 10, RECOVERED: 10},
    may_refuse=True,
    least=1,
)
