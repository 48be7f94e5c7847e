"""Gunicorn's gthread worker, made so that a slow client costs no thread."""

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from selectors import EVENT_READ, EVENT_WRITE
from socket import SHUT_WR, socket
from typing import Any

from gunicorn.http import RequestParser
from gunicorn.http.message import Request
from gunicorn.workers.gthread import TConn, ThreadWorker

from api.server.arrival import CONTINUE, Arrival
from api.server.deadlines import Deadlines
from api.server.refusals import refusal, status_of
from api.server.sockets import PatientSocket, receive, say

# Seconds a client may take to send a whole request, to fetch the answer, and to hang up.
ARRIVING_SECONDS = 5.0
FETCHING_SECONDS = 60.0
LEAVING_SECONDS = 5.0


class Worker(ThreadWorker):  # type: ignore[misc]
    """The event loop reads, and sends what is left; a thread never waits for a client."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.max_keepalived = self.worker_connections // 2
        self.arriving = Deadlines(ARRIVING_SECONDS)
        self.fetching = Deadlines(FETCHING_SECONDS)
        self.leaving = Deadlines(LEAVING_SECONDS)

    def enqueue_req(self, conn: TConn) -> None:
        """Called for a new connection, a kept one that stirs, and a pipelined request."""
        if conn.parser is None:
            conn.sock = PatientSocket(conn.sock)
        conn.arrival = Arrival()
        self.arriving.add(conn)
        self._listen(conn, self._on_arriving)
        if conn.parser and (pipelined := conn.parser.unreader.take_buffered()):
            self._take(conn, pipelined)
        else:
            self._on_arriving(conn)

    def handle_request(self, req: Request, conn: TConn) -> bool:
        """A connection goes on only after a body that was waited for, of exactly that length."""
        req._expected_100_continue = False
        if not conn.arrival.awaited(getattr(req.body.reader, "length", None)):
            req.force_close()
        return bool(super().handle_request(req, conn))

    def handle_error(self, req: object, client: socket, addr: object, exc: Exception) -> None:
        say(client, refusal(status_of(exc), exc))

    def finish_request(self, conn: TConn, future: Future[bool]) -> None:
        if conn.sock.unsent:
            self.fetching.add(conn)
            self._listen(conn, partial(self._on_fetching, future=future), EVENT_WRITE)
        elif future.cancelled() or future.exception() or not future.result():
            self._hang_up(conn)
        else:
            super().finish_request(conn, future)

    def murder_pending(self) -> None:
        """Runs at least once a second."""
        for conn in self.arriving.overdue():
            self._refuse(conn, HTTPStatus.REQUEST_TIMEOUT)
        for conn in [*self.fetching.overdue(), *self.leaving.overdue()]:
            self._close(conn)
        if self.nr_conns >= self.worker_connections:
            self._make_room()

    def _on_arriving(self, conn: TConn) -> None:
        data = receive(conn.sock)
        if data == b"":
            self._close(conn)
        elif data:
            self._take(conn, data)

    def _take(self, conn: TConn, data: bytes) -> None:
        conn.arrival.add(data)
        if conn.arrival.is_whole:
            self._begin(conn)
        elif conn.arrival.is_oversized:
            self._refuse(conn, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif conn.arrival.asks_to_continue:
            conn.arrival.asks_to_continue = False
            say(conn.sock, CONTINUE)

    def _begin(self, conn: TConn) -> None:
        """The parser gets bytes instead of the socket: it cannot wait for more of them."""
        self._ignore(conn)
        conn.parser = RequestParser(self.cfg, [bytes(conn.arrival.data)], conn.client)
        conn.initialized = True
        super().enqueue_req(conn)

    def _refuse(self, conn: TConn, status: HTTPStatus) -> None:
        self._ignore(conn)
        if conn.arrival.data:
            say(conn.sock, refusal(status))
        self._hang_up(conn)

    def _on_fetching(self, conn: TConn, *, future: Future[bool]) -> None:
        try:
            conn.sock.send_more()
        except OSError:
            self._close(conn)
            return
        if not conn.sock.unsent:
            self._ignore(conn)
            self.finish_request(conn, future)

    def _hang_up(self, conn: TConn) -> None:
        """RFC 9112, 9.6: goes on reading for a while, lest a reset overtake the answer."""
        self.leaving.add(conn)
        try:
            conn.sock.shutdown(SHUT_WR)
            self._listen(conn, self._on_leaving)
        except OSError:
            self._close(conn)

    def _on_leaving(self, conn: TConn) -> None:
        if receive(conn.sock) == b"":
            self._close(conn)

    def _make_room(self) -> None:
        """So that it is never a slow client for whom a quick one has to wait."""
        slow = self.leaving, self.arriving, self.fetching
        if conn := next(filter(None, (conns.find_oldest() for conns in slow)), None):
            self._close(conn)

    def _close(self, conn: TConn) -> None:
        self._ignore(conn)
        self.nr_conns -= 1
        conn.close()

    def _listen(self, conn: TConn, then: Callable[[TConn], None], on: int = EVENT_READ) -> None:
        conn.sock.settimeout(0)
        self.poller.register(conn.sock, on, lambda _: then(conn))

    def _ignore(self, conn: TConn) -> None:
        self.arriving.discard(conn)
        self.fetching.discard(conn)
        self.leaving.discard(conn)
        with suppress(KeyError, ValueError):
            self.poller.unregister(conn.sock)
