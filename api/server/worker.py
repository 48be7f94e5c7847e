"""Gunicorn's gthread worker, made so that a slow client costs no thread."""

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from http import HTTPStatus
from selectors import EVENT_READ
from socket import SHUT_RDWR, SHUT_WR, SO_SNDBUF, SOL_SOCKET, socket
from typing import Any

import structlog
from gunicorn.http import RequestParser
from gunicorn.http.message import Request
from gunicorn.workers.gthread import TConn, ThreadWorker

from api.server.arrival import Arrival
from api.server.deadlines import Deadlines
from api.server.refusals import refusal, status_of
from api.server.sockets import receive, say

log = structlog.get_logger()

# Seconds a client may take to send a whole request.
ARRIVAL_SECONDS = 5.0
# Seconds until a request must be answered and its answer fetched.
ANSWER_SECONDS = 20.0
# Seconds a client may take to hang up after its last answer.
LEAVING_SECONDS = 5.0
# An answer that fits in here leaves its thread at once, however slowly it is read.
SEND_BUFFER = 262_144
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Worker(ThreadWorker):  # type: ignore[misc]
    """The event loop reads and hangs up; a thread only answers requests that are wholly there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.max_keepalived = self.worker_connections // 2
        self.arriving = Deadlines(ARRIVAL_SECONDS)
        self.answering = Deadlines(ANSWER_SECONDS)
        self.leaving = Deadlines(LEAVING_SECONDS)

    def init_process(self) -> None:
        for listener in self.sockets:
            listener.setsockopt(SOL_SOCKET, SO_SNDBUF, SEND_BUFFER)
        super().init_process()

    def enqueue_req(self, conn: TConn) -> None:
        """Called for a new connection, a kept one that stirs, and pipelined bytes."""
        conn.arrival = Arrival()
        self.arriving.add(conn)
        self._listen(conn, self._on_arriving)
        if conn.parser and (pipelined := conn.parser.unreader.take_buffered()):
            self._take(conn, pipelined)

    def handle_request(self, req: Request, conn: TConn) -> bool:
        """A connection goes on only after a body of exactly the length that was waited for."""
        req._expected_100_continue = False
        if getattr(req.body.reader, "length", None) != conn.arrival.body_length:
            req.force_close()
        return bool(super().handle_request(req, conn))

    def handle_error(self, req: object, client: socket, addr: object, exc: Exception) -> None:
        say(client, refusal(status_of(exc), exc))

    def finish_request(self, conn: TConn, future: Future[bool]) -> None:
        self.answering.discard(conn)
        if future.cancelled() or future.exception() or not future.result():
            self._hang_up(conn)
        else:
            super().finish_request(conn, future)

    def murder_pending(self) -> None:
        """Runs at least once a second."""
        for conn in self.leaving.overdue():
            self._close(conn)
        for conn in self.arriving.overdue():
            self._refuse(conn, HTTPStatus.REQUEST_TIMEOUT)
        for conn in self.answering.overdue():
            self._cut_off(conn)
        if self._is_full():
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
        """The parser gets bytes instead of the socket: no thread can wait for more of them."""
        self._ignore(conn)
        conn.parser = RequestParser(self.cfg, [bytes(conn.arrival.data)], conn.client)
        conn.initialized = True
        self.answering.add(conn)
        super().enqueue_req(conn)

    def _refuse(self, conn: TConn, status: HTTPStatus) -> None:
        self._ignore(conn)
        if conn.arrival.data:
            say(conn.sock, refusal(status))
        self._hang_up(conn)

    def _cut_off(self, conn: TConn) -> None:
        """Wakes the thread that waits for a client to fetch its answer."""
        self.answering.discard(conn)
        log.warning("answer_cut_off")
        with suppress(OSError):
            conn.sock.shutdown(SHUT_RDWR)

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
        if conn := self.leaving.find_oldest() or self.arriving.find_oldest():
            self._close(conn)

    def _is_full(self) -> bool:
        return bool(self.nr_conns >= self.worker_connections)

    def _close(self, conn: TConn) -> None:
        self._ignore(conn)
        self.nr_conns -= 1
        conn.close()

    def _listen(self, conn: TConn, on_readable: Callable[[TConn], None]) -> None:
        conn.sock.setblocking(False)
        self.poller.register(conn.sock, EVENT_READ, lambda _: on_readable(conn))

    def _ignore(self, conn: TConn) -> None:
        self.arriving.discard(conn)
        self.leaving.discard(conn)
        with suppress(KeyError, ValueError):
            self.poller.unregister(conn.sock)
