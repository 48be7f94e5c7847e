"""One drill from the calm before to the calm after; the fault is undone whatever happens."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from ostiary.platform.clock import Clock
from workshop.rehearsal.drill import Drill
from workshop.rehearsal.judgement import judge, wrong_notices
from workshop.rehearsal.milestones import Looked, Milestone
from workshop.rehearsal.prober import Prober
from workshop.rehearsal.record import CHANNELS, Record
from workshop.rehearsal.stack import Stack
from workshop.rehearsal.verdict import Verdict
from workshop.rehearsal.watcher import Watcher

CALM_SECONDS = 3.0
# How long a milestone is waited for beyond its bound, to say how late it was.
GRACE_SECONDS = 10.0
GLANCE_SECONDS = 0.1
TOLD_EVERY_SECONDS = 5.0


class Findings(NamedTuple):
    """What a report says beyond its drill."""

    record: Record
    verdicts: Sequence[Verdict]
    began_at: datetime


@dataclass
class Rehearsal:
    drill: Drill
    stack: Stack
    say: Callable[[str], None]
    now: Clock
    record: Record = field(default_factory=Record)
    proofs: list[Verdict] = field(default_factory=list)
    _said: set[Milestone] = field(default_factory=set)

    def run(self) -> Findings:
        self.stack.settle()
        began_at = self.now()
        with Watcher(self.stack, self.record), Prober(self.stack, self.record) as prober:
            self._lasting(CALM_SECONDS)
            self._break(prober)
            self._await(self.drill.reaches("repair"))
            prober.finish()
        self._tell_what_was_wrong()
        verdicts = [*judge(self.drill, self.record), *self.proofs]
        return Findings(self.record, verdicts, began_at)

    def _break(self, prober: Prober) -> None:
        self.say(self.drill.injects)
        self.record.fault_at = time.monotonic()
        try:
            with self.drill.broken(self.stack) as yielded:
                try:
                    self._await(self.drill.reaches("fault"), least=self.drill.least)
                    if self.drill.alone:
                        prober.finish()
                    self.proofs += self.drill.proof(self.stack, yielded)
                finally:
                    self.record.repair_at = time.monotonic()
        finally:
            self.say(f"undone: {self.drill.undone}")

    def _await(self, wanted: dict[Milestone, float], least: float = 0.0) -> None:
        began = told = time.monotonic()
        longest = max((*wanted.values(), 0.0)) + GRACE_SECONDS if wanted else least
        while (passed := time.monotonic() - began) < longest:
            if self._tell(wanted) and passed >= least:
                return
            if time.monotonic() - told > TOLD_EVERY_SECONDS:
                told = time.monotonic()
                self.say(self._counts())
            time.sleep(GLANCE_SECONDS)

    def _tell(self, wanted: Iterable[Milestone]) -> bool:
        """Says which have been reached since; whether all have."""
        looked = Looked(self.drill.check, self.drill.alert)
        for each in set(wanted) - self._said:
            if (seconds := each.seconds(self.record, looked)) is not None:
                self._said.add(each)
                self.say(f"{each.name} {seconds:.1f} s after the {each.since}: {each.means}")
        return set(wanted) <= self._said

    def _tell_what_was_wrong(self) -> None:
        for channel in CHANNELS:
            for line in wrong_notices(self.drill, self.record, channel):
                self.say(f"not expected by {channel}: {line}")

    def _lasting(self, seconds: float) -> None:
        self.say(f"everything is well, for {seconds:g} s")
        time.sleep(seconds)

    def _counts(self) -> str:
        kinds = [each.kind for each in list(self.record.answers)]
        fine, later, failed = (kinds.count(kind) for kind in ("fine", "later", "failed"))
        return f"{fine} answers, {later} to come again, {failed} failed"
