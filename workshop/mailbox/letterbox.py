"""The letters that have arrived, newest first."""

from collections import deque
from itertools import takewhile
from threading import Lock

from workshop.mailbox.letters import Letter

MOST_LETTERS = 1000


class Letterbox:
    """Keeps the newest thousand; letters arrive on one thread and are read on others."""

    def __init__(self) -> None:
        self._letters: deque[Letter] = deque(maxlen=MOST_LETTERS)
        self._lock = Lock()

    def drop(self, letter: Letter) -> None:
        with self._lock:
            self._letters.appendleft(letter)

    def letters(self, *, to: str | None = None, after: str | None = None) -> list[Letter]:
        """Newest first; those after one, if it is known."""
        with self._lock:
            everything = list(self._letters)
        news = takewhile(lambda each: each.id != after, everything)
        return [each for each in news if to is None or each.is_for(to)]

    def find(self, letter_id: str) -> Letter | None:
        return next((each for each in self.letters() if each.id == letter_id), None)

    def empty(self) -> None:
        with self._lock:
            self._letters.clear()
