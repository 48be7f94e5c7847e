"""How many connections each worker has, for all of them to see."""

from collections.abc import Iterable
from dataclasses import dataclass
from mmap import mmap

SEATS = 256
_EMPTY = 0


@dataclass(frozen=True)
class Seat:
    """One worker's; in memory that all of them share, and that outlives each."""

    counts: memoryview
    number: int

    def tell(self, connections: int) -> None:
        self.counts[self.number] = connections + 1

    def leave(self) -> None:
        self.counts[self.number] = _EMPTY

    def has_more_than_another(self) -> bool:
        """By two at least, so that not everybody makes way for everybody."""
        others = filter(None, self.counts)
        return self.counts[self.number] > min(others, default=_EMPTY) + 1


class Crowd:
    """Made by the master before it forks."""

    def __init__(self) -> None:
        self._counts = memoryview(mmap(-1, SEATS * 4)).cast("i")

    def seat(self, taken: Iterable[Seat]) -> Seat:
        """A free one; the last is shared by all who come later."""
        numbers = {each.number for each in taken if each.counts is self._counts}
        free = (number for number in range(SEATS) if number not in numbers)
        return Seat(self._counts, next(free, SEATS - 1))
