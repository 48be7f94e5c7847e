"""Drills one after the other on one stack, each leaving its report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from ostiary.dev.stopping import stoppable
from ostiary.platform.clock import Clock, system_clock
from ostiary.runbook.rehearsal.drill import Drill
from ostiary.runbook.rehearsal.page import page_of
from ostiary.runbook.rehearsal.report import Report
from ostiary.runbook.rehearsal.runner import Rehearsal
from ostiary.runbook.rehearsal.stack import Stack, open_stack


@dataclass
class Session:
    """`folder` has the Procfile, `reports` is where they are left."""

    name: str
    folder: Path
    reports: Path
    say: Callable[[str], None]
    now: Clock = system_clock
    _stack: Stack | None = None

    def rehearse(self, drills: Sequence[Drill]) -> list[Report]:
        """Raises Stopped by a signal, after the fault is undone and the stack is gone."""
        with stoppable(self._hurry) as end:
            try:
                return self._rehearse(drills)
            finally:
                end()

    def _rehearse(self, drills: Sequence[Drill]) -> list[Report]:
        done: list[Report] = []
        with open_stack(self.folder, self.say) as self._stack:
            for drill in drills:
                self.say(f"== {drill.name}")
                done.append(Rehearsal(drill, self._stack, self.say, self.now).run())
                self._leave(done)
        return done

    def _leave(self, done: list[Report]) -> None:
        """After each drill, so that a later interruption takes none of them away."""
        documents = [each.as_json() for each in done]
        self.reports.mkdir(parents=True, exist_ok=True)
        report = orjson.dumps(documents, option=orjson.OPT_INDENT_2)
        self.path("json").write_bytes(report)
        self.path("html").write_text(page_of(self.name, documents), encoding="utf-8")

    def path(self, kind: str) -> Path:
        return self.reports / f"{self.name}.{kind}"

    def _hurry(self) -> None:
        if self._stack:
            self._stack.kill()
