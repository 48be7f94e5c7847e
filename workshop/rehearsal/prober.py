"""Keeps people coming and going while a drill lasts, and sees them all through to the end."""

import itertools
import time
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Self

from workshop.rehearsal.people import Guesser, Newcomer, Regular
from workshop.rehearsal.record import Record
from workshop.rehearsal.stack import Stack

NEWCOMER_EVERY_SECONDS = 1.5
# The last of them may wait for a mail server that is tried once a minute.
PATIENCE_SECONDS = 75.0


@dataclass
class Prober:
    """`leaving`: nobody new comes; `over`: everybody gives up."""

    stack: Stack
    record: Record
    leaving: Event = field(default_factory=Event)
    over: Event = field(default_factory=Event)
    _lives: list[Thread] = field(default_factory=list)
    _journeys: list[Thread] = field(default_factory=list)

    def __enter__(self) -> Self:
        owner = Regular(self.stack, Record(), "owner", "10.1.0.1", self.over)
        owner.settle()
        owner.record, owner.over = self.record, self.leaving
        guesser = Guesser(self.stack, self.record, "guesser", "", self.leaving, owner.email)
        for live in (owner.live, guesser.live, self._welcome):
            self._lives.append(Thread(target=live, daemon=True))
        for each in self._lives:
            each.start()
        return self

    def finish(self) -> None:
        """Nobody new comes, and everybody who came is waited for."""
        self.leaving.set()
        deadline = time.monotonic() + PATIENCE_SECONDS
        for each in (*self._lives, *self._journeys):
            each.join(max(0.0, deadline - time.monotonic()))

    def __exit__(self, *_: object) -> None:
        self.leaving.set()
        self.over.set()
        for each in (*self._lives, *self._journeys):
            each.join()

    def _welcome(self) -> None:
        for number in itertools.count():
            if self.leaving.wait(NEWCOMER_EVERY_SECONDS):
                return
            client = f"10.2.{number >> 8 & 255}.{number & 255}"
            newcomer = Newcomer(self.stack, self.record, "newcomer", client, self.over)
            self._journeys.append(Thread(target=newcomer.live, daemon=True))
            self._journeys[-1].start()
