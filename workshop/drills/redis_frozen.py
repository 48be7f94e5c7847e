"""Redis stands still: no call waits for it, and nobody notices but the operator."""

from workshop.rehearsal.drill import DEPENDENCY, Drill
from workshop.rehearsal.milestones import LETTERS

REDIS_FROZEN = Drill(
    name="redis-frozen",
    runbook="redis-unavailable",
    injects="Redis stands still; connections hang instead of being refused",
    undone="Redis goes on",
    expects="Not one answer fails or waits; letters arrive; no guess more than the budget.",
    check="redis",
    alert="redis_unavailable",
    within=DEPENDENCY | {LETTERS: 10},
)
