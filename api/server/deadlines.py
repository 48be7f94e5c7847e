"""Connections that wait, until their time runs out."""

import time

from api.server.connection import Connection


class Deadlines:
    """Whoever takes a connection out of here owns it: a thread to which it has something to say,
    or the event loop, to close it.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._counted_from = 0.0
        self._since: dict[Connection, float] = {}

    def __len__(self) -> int:
        return len(self._since)

    def put(self, conn: Connection) -> None:
        """Whoever was here before gets no more time."""
        if conn.deadline is not self:
            conn.deadline, conn.since = self, time.monotonic()
        self._since[conn] = conn.since

    def take(self, conn: Connection) -> bool:
        """Whether it was still here."""
        return self._since.pop(conn, None) is not None

    def shorten(self, seconds: float) -> None:
        """For whoever is there from this moment on, for others from theirs."""
        self._seconds, self._counted_from = seconds, time.monotonic()

    def take_overdue(self) -> list[Connection]:
        before = time.monotonic() - self._seconds
        if before < self._counted_from:
            return []
        since = [*self._since.items()]
        return [conn for conn, moment in since if moment <= before and self.take(conn)]

    def take_oldest(self) -> Connection | None:
        since = [*self._since.items()]
        for conn, _ in sorted(since, key=lambda entry: entry[1]):
            if self.take(conn):
                return conn
        return None
