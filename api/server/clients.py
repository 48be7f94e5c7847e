"""Everybody who is connected, and what each is waited for: to ask, to fetch, or to leave."""

from http import HTTPStatus
from selectors import EVENT_READ, EVENT_WRITE

import structlog

from api.server.arrival import CONTINUE
from api.server.connection import Connection, Then
from api.server.deadlines import Deadlines
from api.server.poller import Poller
from api.server.refusals import refusal

log = structlog.get_logger()

# Seconds a client may take to send a whole request, to fetch the answer, and to hang up.
ARRIVING_SECONDS = 5.0
FETCHING_SECONDS = 60.0
LEAVING_SECONDS = 5.0


class Clients:
    """Whatever is done with a connection says whether a whole request is there to be answered.

    If so, it stays the caller's, until they `send`; else it is nobody's, and waits.
    """

    def __init__(self, poller: Poller, *, keepalive: float) -> None:
        self.poller = poller
        self.arriving = Deadlines(ARRIVING_SECONDS)
        self.fetching = Deadlines(FETCHING_SECONDS)
        self.leaving = Deadlines(LEAVING_SECONDS)
        self.idle = Deadlines(keepalive)

    def __len__(self) -> int:
        return len(self.poller)

    def welcome(self, conn: Connection) -> None:
        conn.then = self._on_readable
        self.arriving.put(conn)
        self.poller.add(conn)

    def hear(self, conn: Connection) -> bool:
        """Whatever is wrong with what we hear costs the connection, not the thread that hears."""
        try:
            return conn.then(conn)
        except Exception:
            log.exception("connection_failed")
            return self._close(conn)

    def send(self, conn: Connection) -> bool:
        """What has been said; and on to the next request, if there may be one."""
        try:
            is_sent = conn.flush()
        except OSError:
            return self._close(conn)
        if not is_sent:
            return self._await(conn, self.fetching, self.send, EVENT_WRITE)
        if not conn.goes_on:
            return self._hang_up(conn)
        if conn.arrival.data:
            return self._go_on(conn)
        return self._await(conn, self.idle, self._on_readable)

    def let_go_of_the_overdue(self) -> None:
        for conn in self.arriving.take_overdue():
            self._refuse(conn, HTTPStatus.REQUEST_TIMEOUT)
        for state in (self.fetching, self.leaving, self.idle):
            for conn in state.take_overdue():
                self._close(conn)

    def make_room(self) -> None:
        """So that it is never a slow client for whom a quick one has to wait, nor an idle one."""
        waiting = self.leaving, self.arriving, self.fetching, self.idle
        if conn := next(filter(None, (conns.take_oldest() for conns in waiting)), None):
            self._close(conn)

    def hand_on(self, conn: Connection) -> bool:
        """A whole request, to whichever thread is free: one can nearly always write at once."""
        return self._await(conn, self.arriving, self._go_on, EVENT_WRITE)

    def _go_on(self, conn: Connection) -> bool:
        """With what has arrived of a request: all of it, too much, or not enough."""
        if conn.arrival.is_whole:
            conn.deadline = None
            return True
        if conn.arrival.is_oversized:
            return self._refuse(conn, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        if conn.arrival.asks_to_continue:
            conn.arrival.asks_to_continue = False
            conn.say_at_once(CONTINUE)
        waiting = self.arriving if conn.arrival.data else conn.deadline or self.idle
        return self._await(conn, waiting, self._on_readable)

    def _on_readable(self, conn: Connection) -> bool:
        data = conn.receive()
        if data == b"":
            return self._close(conn)
        conn.arrival.add(data or b"")
        return self._go_on(conn)

    def _refuse(self, conn: Connection, status: HTTPStatus) -> bool:
        if conn.arrival.data:
            conn.say_at_once(refusal(status))
        return self._hang_up(conn)

    def _hang_up(self, conn: Connection) -> bool:
        """RFC 9112, 9.6: goes on reading for a while, lest a reset overtake the answer."""
        try:
            conn.end()
        except OSError:
            return self._close(conn)
        return self._await(conn, self.leaving, self._on_leaving)

    def _on_leaving(self, conn: Connection) -> bool:
        if conn.receive() == b"":
            return self._close(conn)
        return self._await(conn, self.leaving, self._on_leaving)

    def _close(self, conn: Connection) -> bool:
        self.poller.forget(conn)
        conn.close()
        return False

    def _await(
        self, conn: Connection, deadline: Deadlines, then: Then, on: int = EVENT_READ
    ) -> bool:
        conn.then = then
        deadline.put(conn)
        self.poller.expect(conn, on)
        return False
