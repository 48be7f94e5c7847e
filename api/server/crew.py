"""Which of the threads are busy, and who waits for one of them."""

from collections import deque
from collections.abc import Callable
from threading import Lock

from api.server.connection import Connection


class Crew:
    """Says when the last is `taken`, so that somebody else has to listen, and one is `back`."""

    def __init__(
        self, threads: int, *, taken: Callable[[], object], back: Callable[[], object]
    ) -> None:
        self._free = threads
        self._taken, self._back = taken, back
        self._waiting: deque[Connection] = deque()
        self._changing = Lock()

    def begin(self) -> None:
        with self._changing:
            self._free -= 1
            if not self._free:
                self._taken()

    def end(self) -> Connection | None:
        """Whoever has waited for longest, to go on with instead."""
        with self._changing:
            if self._waiting:
                return self._waiting.popleft()
            if not self._free:
                self._back()
            self._free += 1
            return None

    def let_others_first(self, conn: Connection) -> Connection:
        """Whoever has waited for longest, with this one behind them all; or this one."""
        with self._changing:
            self._waiting.append(conn)
            return self._waiting.popleft()

    def enqueue(self, conn: Connection) -> bool:
        """Not while a thread is free: nobody would come for it."""
        with self._changing:
            if not self._free:
                self._waiting.append(conn)
            return not self._free
