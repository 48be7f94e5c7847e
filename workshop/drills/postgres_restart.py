"""Postgres restarts: a few people are told to come again, nobody is lost, no alert is sent."""

from workshop.rehearsal.drill import Drill
from workshop.rehearsal.milestones import RECOVERED, SERVED

POSTGRES_RESTART = Drill(
    name="postgres-restart",
    runbook="postgres-unavailable",
    injects="Postgres is stopped for a second, as for an update",
    undone="Postgres runs again",
    expects="503 with Retry-After within 3 s, nothing lost, and no restart of ours.",
    within={SERVED: 10, RECOVERED: 10},
    may_refuse=True,
    least=1,
)
