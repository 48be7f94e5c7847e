"""A lane as a process of its own, so that several drills are rehearsed at once."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Collection
from contextlib import suppress
from multiprocessing.connection import Connection, wait

from workshop.harness.errors import CannotStart
from workshop.harness.process_tree import dies_with_parent
from workshop.rehearsal.lane import Lane
from workshop.rehearsal.runner import Findings

# A fork knows the drills, which are made of functions and go through no pipe.
_forks = multiprocessing.get_context("fork")


class LaneProcess:
    """Start it before any thread.

    It has a main thread of its own, for signals and for the processes of its stack, and the people
    of one drill slow down nobody in another.
    """

    def __init__(self, lane: Lane) -> None:
        self.pipe, orders = _forks.Pipe()
        bind = dies_with_parent(signal.SIGTERM)
        self._process = _forks.Process(target=_live, args=(lane, orders, bind))
        self._process.start()
        orders.close()

    def begin(self, drill: str) -> None:
        self._send(drill)

    def findings(self) -> Findings:
        """Waits for them; raises CannotStart where there are none."""
        try:
            found: Findings | CannotStart = self.pipe.recv()
        except (EOFError, ConnectionError):
            raise CannotStart("a drill's own process has ended too early.") from None
        if isinstance(found, CannotStart):
            raise found
        return found

    def end(self) -> None:
        """In its own time."""
        self._send(None)

    def interrupt(self) -> None:
        """Once: in order; twice: at once."""
        self._process.terminate()

    def join(self) -> None:
        self._process.join()

    def _send(self, order: str | None) -> None:
        """One that has ended says so when it is asked for its findings."""
        with suppress(BrokenPipeError):
            self.pipe.send(order)


def first_to_answer(lanes: Collection[LaneProcess]) -> list[LaneProcess]:
    answered = wait([each.pipe for each in lanes])
    return [each for each in lanes if each.pipe in answered]


def _live(lane: Lane, orders: Connection, bind: Callable[[], None]) -> None:
    """In a group of its own, so that Ctrl-C reaches it through its parent alone."""
    os.setsid()
    bind()
    lane.follow(orders)
