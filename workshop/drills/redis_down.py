"""Redis is killed: nobody notices but the operator."""

from workshop.rehearsal.drill import DEPENDENCY, Drill
from workshop.rehearsal.milestones import LETTERS

REDIS_DOWN = Drill(
    name="redis-down",
    runbook="redis-unavailable",
    injects="Redis is killed; connections are refused",
    undone="Redis runs again",
    expects="Not one answer fails or waits; letters arrive; no guess more than the budget.",
    check="redis",
    alert="redis_unavailable",
    within=DEPENDENCY | {LETTERS: 10},
)
