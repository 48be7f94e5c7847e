"""Looks at `/ready` and at what the operator receives, five times a second."""

import time
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Self

from ostiary.runbook.rehearsal.record import Channel, Look, Notice, Record
from ostiary.runbook.rehearsal.stack import OPERATOR, Stack
from ostiary.runbook.rehearsal.visitor import Visitor

GLANCE_SECONDS = 0.2
STATES = {"Alert": "firing", "Resolved": "resolved"}


@dataclass
class Watcher:
    stack: Stack
    record: Record
    over: Event = field(default_factory=Event)

    def __enter__(self) -> Self:
        self.stack.mailbox.empty()
        self.stack.receiver.lines.clear()
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self.over.wait(GLANCE_SECONDS):
            self._look()
            self._note("webhook", list(self.stack.receiver.lines))
            self._note("mail", self._letters())

    def _look(self) -> None:
        told = Visitor(self.stack.port).ask("GET", "/ready")
        checks = {name: each["status"] for name, each in told.body.get("checks", {}).items()}
        status = str(told.body.get("status", "silent"))
        self.record.looks.append(Look(time.monotonic(), status, checks))

    def _note(self, channel: Channel, lines: list[str]) -> None:
        for line in lines[len(self.record.lines(channel)) :]:
            self.record.notices.append(Notice(time.monotonic(), channel, line))

    def _letters(self) -> list[str]:
        """The oldest first, such as `firing redis_unavailable`."""
        subjects = [each.subject for each in self.stack.mailbox.letters(to=OPERATOR)]
        return [_line(each) for each in reversed(subjects)]


def _line(subject: str) -> str:
    word, _, rest = subject.partition(": ")
    return f"{STATES.get(word, word)} {rest.partition(' at ')[0]}"
