"""Postgres stands still: everybody is told quickly to come again, and nothing is lost."""

from workshop.rehearsal.drill import DEPENDENCY, Drill
from workshop.rehearsal.milestones import SERVED

POSTGRES_FROZEN = Drill(
    name="postgres-frozen",
    runbook="postgres-unavailable",
    injects="Postgres stands still; connections hang instead of being refused",
    undone="Postgres goes on",
    expects="503 with Retry-After within 3 s, and everybody gets in once it is over.",
    check="postgres",
    alert="postgres_unavailable",
    within=DEPENDENCY | {SERVED: 10},
    may_refuse=True,
)
