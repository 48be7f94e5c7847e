"""Drills, several at once where there are several, each leaving its report."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from ostiary.platform.signals import stoppable
from workshop.rehearsal.drill import Drill
from workshop.rehearsal.lane import Lane
from workshop.rehearsal.lanes import LaneProcess, first_to_answer
from workshop.rehearsal.page import page_of
from workshop.rehearsal.report import Report
from workshop.rehearsal.stack import Opening


@dataclass
class Session:
    """`reports` is where they are left."""

    name: str
    reports: Path
    say: Callable[[str], None]
    at_once: int = 1
    _lanes: list[LaneProcess] = field(default_factory=list)
    _waiting: deque[Drill] = field(default_factory=deque)
    _busy: dict[LaneProcess, Drill] = field(default_factory=dict)
    _found: dict[str, Report] = field(default_factory=dict)

    def rehearse(self, drills: Sequence[Drill], open_stack: Opening) -> list[Report]:
        """Raises Stopped by a signal, after every fault is undone and every stack is gone."""
        with stoppable(self._interrupt) as end:
            try:
                self._rehearse(drills, open_stack)
            except BaseException:
                self._interrupt()
                raise
            finally:
                end()
                for each in self._lanes:
                    each.join()
        return self._done(drills)

    def _rehearse(self, drills: Sequence[Drill], open_stack: Opening) -> None:
        """The longest begin first, so that none is left for the end, when other lanes are idle."""
        self._waiting.extend(sorted(drills, key=lambda each: each.longest, reverse=True))
        self._open(drills, open_stack)
        for lane in self._lanes:
            self._give_work(lane)
        while self._busy:
            for lane in first_to_answer(self._busy):
                drill = self._busy.pop(lane)
                self._found[drill.name] = Report(drill, *lane.findings())
                self._give_work(lane)
            self._leave(self._done(drills))

    def _open(self, drills: Sequence[Drill], open_stack: Opening) -> None:
        lane = Lane({each.name: each for each in drills}, open_stack, self.say)
        for _ in range(min(self.at_once, len(drills))):
            self._lanes.append(LaneProcess(lane))

    def _give_work(self, lane: LaneProcess) -> None:
        if not self._waiting:
            lane.end()
            return
        self._busy[lane] = self._waiting.popleft()
        lane.begin(self._busy[lane].name)

    def _done(self, drills: Sequence[Drill]) -> list[Report]:
        return [self._found[each.name] for each in drills if each.name in self._found]

    def _leave(self, done: list[Report]) -> None:
        """After each drill, so that a later interruption takes none of them away."""
        documents = [each.as_json() for each in done]
        self.reports.mkdir(parents=True, exist_ok=True)
        report = orjson.dumps(documents, option=orjson.OPT_INDENT_2)
        self.path("json").write_bytes(report)
        self.path("html").write_text(page_of(self.name, documents), encoding="utf-8")

    def path(self, kind: str) -> Path:
        return self.reports / f"{self.name}.{kind}"

    def _interrupt(self) -> None:
        for each in self._lanes:
            each.interrupt()
