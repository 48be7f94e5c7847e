"""Connections in the order in which their time runs out."""

import time
from itertools import takewhile

from gunicorn.workers.gthread import TConn


class Deadlines:
    """Every connection has the same number of seconds, so that the first is always the next."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until: dict[TConn, float] = {}

    def add(self, conn: TConn) -> None:
        self._until[conn] = time.monotonic() + self._seconds

    def discard(self, conn: TConn) -> None:
        self._until.pop(conn, None)

    def overdue(self) -> list[TConn]:
        now = time.monotonic()
        return list(takewhile(lambda conn: self._until[conn] <= now, self._until))

    def find_oldest(self) -> TConn | None:
        return next(iter(self._until), None)
