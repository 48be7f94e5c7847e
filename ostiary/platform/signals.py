"""Ctrl-C, SIGTERM and a closed terminal: once ends the run in order, twice at once."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Raised wherever the main thread is; not an error, and not to be caught as one."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def stoppable(hurry: Callable[[], None]) -> Iterator[Callable[[], None]]:
    """The first signal raises Stopped, any later one calls `hurry`.

    What it yields is to be called before cleaning up: from then on signals only hurry.
    """

    def end() -> None:
        _answer_with(lambda *_: hurry())

    def stop(number: int, _frame: FrameType | None) -> None:
        end()
        raise Stopped(number)

    before = {each: signal.getsignal(each) for each in SIGNALS}
    _answer_with(stop)
    try:
        yield end
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextmanager
def undisturbed() -> Iterator[None]:
    """What must not be left half done: a signal is answered when it is over.

    Elsewhere than in the main thread nothing is disturbed by one anyway.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {each: signal.getsignal(each) for each in SIGNALS}
    _answer_with(lambda number, _frame: came.append(number))
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        for number in came[:1]:
            signal.raise_signal(number)


def _answer_with(handler: Callable[[int, FrameType | None], object]) -> None:
    for each in SIGNALS:
        signal.signal(each, handler)
