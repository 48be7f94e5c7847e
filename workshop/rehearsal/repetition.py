"""What is done again and again, in a thread of its own, for as long as a block lasts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from workshop.harness.errors import CannotStart


@contextmanager
def repeated(deed: Callable[[], object], *, pause: float) -> Iterator[None]:
    """`pause` is in seconds; the last one is over when the block is.

    Raises what ended it before, if anything did.
    """
    over = Event()
    problems: list[CannotStart] = []

    def repeat() -> None:
        while not over.wait(pause):
            try:
                deed()
            except CannotStart as problem:
                problems.append(problem)
                return

    thread = Thread(target=repeat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    if problems:
        raise problems[0]
