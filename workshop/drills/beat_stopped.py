"""Beat stops: nothing runs by the clock, and nobody notices but the operator."""

from workshop.rehearsal.drill import PROCESS, Drill
from workshop.rehearsal.milestones import LETTERS

BEAT_STOPPED = Drill(
    name="beat-stopped",
    runbook="beat-stalled",
    injects="beat is stopped",
    undone="beat runs again",
    expects="Not one answer fails or waits; letters arrive.",
    check="beat",
    alert="beat_stalled",
    within=PROCESS | {LETTERS: 10},
)
