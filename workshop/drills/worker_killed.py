"""Every worker is killed: the watchdog sends the letters."""

from workshop.rehearsal.drill import PROCESS, Drill
from workshop.rehearsal.milestones import LETTERS

WORKER_KILLED = Drill(
    name="worker-killed",
    runbook="workers-missing",
    injects="the only worker is killed with all its children",
    undone="a worker runs again",
    expects="Not one answer fails or waits; the watchdog sends the letters.",
    check="workers",
    alert="workers_missing",
    within=PROCESS | {LETTERS: 10},
)
