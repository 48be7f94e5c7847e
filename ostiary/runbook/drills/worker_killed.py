"""Every worker is killed: the watchdog sends the letters."""

from ostiary.runbook.rehearsal.drill import PROCESS, Drill
from ostiary.runbook.rehearsal.milestones import LETTERS

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
