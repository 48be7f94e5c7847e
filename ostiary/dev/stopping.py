"""Ctrl-C, SIGTERM and a closed terminal: once ends the run in order, twice at once."""

import signal
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


def _answer_with(handler: Callable[[int, FrameType | None], None]) -> None:
    for each in SIGNALS:
        signal.signal(each, handler)
