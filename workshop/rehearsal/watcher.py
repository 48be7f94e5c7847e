"""Looks at `/ready` and at what the operator receives, five times a second."""

import time
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any, Self

from workshop.rehearsal.record import CHANNELS, Channel, Look, Notice, Record
from workshop.rehearsal.stack import Stack
from workshop.rehearsal.visitor import Visitor

GLANCE_SECONDS = 0.2
STATES = {"Alert": "firing", "Resolved": "resolved"}


@dataclass
class Watcher:
    """What the mailbox held before is none of this drill's."""

    stack: Stack
    record: Record
    over: Event = field(default_factory=Event)
    _newest: dict[Channel, str | None] = field(default_factory=dict)

    def __enter__(self) -> Self:
        for channel in CHANNELS:
            self._news(channel)
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self.over.wait(GLANCE_SECONDS):
            self._look()
            for channel in CHANNELS:
                for line in self._news(channel):
                    self.record.notices.append(Notice(time.monotonic(), channel, line))

    def _look(self) -> None:
        told = Visitor(self.stack.door).ask("GET", "/ready")
        checks = {name: each["status"] for name, each in told.body.get("checks", {}).items()}
        status = str(told.body.get("status", "silent"))
        self.record.looks.append(Look(time.monotonic(), status, checks))

    def _news(self, channel: Channel) -> list[str]:
        """Since it was asked last, the oldest first; such as `firing redis_unavailable`."""
        found = self._arrived(channel, self._newest.get(channel))
        if found:
            self._newest[channel] = found[0][0]
        return [line for _, line in reversed(found)]

    def _arrived(self, channel: Channel, after: str | None) -> list[tuple[str, str]]:
        post = self.stack.post
        if channel == "webhook":
            return [(each.id, _said(each.body)) for each in post.calls(after=after)]
        letters = post.letters(to=self.stack.operator, after=after)
        return [(each.id, _written(each.subject)) for each in letters]


def _said(body: dict[str, Any]) -> str:
    state = str(body.get("type")).removeprefix("alert.")
    return f"{state} {body.get('data', {}).get('rule')}"


def _written(subject: str) -> str:
    word, _, rest = subject.partition(": ")
    return f"{STATES.get(word, word)} {rest.partition(' at ')[0]}"
