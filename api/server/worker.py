"""A gunicorn worker of many threads and one event loop, in which a slow client costs no thread."""

import os
import time
from selectors import EVENT_READ, DefaultSelector
from threading import Thread

from gunicorn.workers.base import Worker as GunicornWorker

from api.server.answering import Settled, answer
from api.server.clients import Clients
from api.server.connection import Connection
from api.server.crew import Crew
from api.server.crowd import Seat
from api.server.entrance import Entrance
from api.server.one_shot import open_one_shot
from api.server.poller import Poller

GLANCE_SECONDS = 0.5
LAST_GLANCE_SECONDS = 0.05
# While the process stops: for one more request on a kept connection, and to hang up.
LINGERING_SECONDS = 2.0

# It waits for nothing, so whoever listens gives it, however busy the threads are.
SIGN_OF_LIFE = "/health"


class Worker(GunicornWorker):  # type: ignore[misc]
    """Whichever thread is free hears a client, and answers if a whole request is there.

    The event loop lets people in, ends what takes too long, and listens while no thread is free.
    """

    seat: Seat

    def init_process(self) -> None:
        self.selector = DefaultSelector()
        self.clients = Clients(Poller(open_one_shot()), keepalive=self.cfg.keepalive)
        self.crew = Crew(self.cfg.threads, taken=self._listen, back=self._rest)
        self.settled = Settled(self.cfg)
        self.next_glance = 0.0
        super().init_process()

    def run(self) -> None:
        self.selector.register(self.PIPE[0], EVENT_READ, self._on_signal)
        for _ in range(self.cfg.threads):
            Thread(target=self._answer_for_ever, daemon=True).start()
        most = self.settled.worker_connections
        entrance = Entrance(self.selector, self.sockets, self.clients, self.seat, most=most)
        while self.alive and self.ppid == os.getppid():
            self._turn(entrance.tend() or GLANCE_SECONDS)
        entrance.close()
        self._stop()

    def _stop(self) -> None:
        """Whatever has begun is answered, and so is who was just asking on a kept connection."""
        self.alive = False
        self.clients.idle.shorten(LINGERING_SECONDS)
        self.clients.leaving.shorten(LINGERING_SECONDS)
        deadline = time.monotonic() + self.cfg.graceful_timeout
        while self.clients and time.monotonic() < deadline:
            self._turn(LAST_GLANCE_SECONDS)

    def _turn(self, seconds: float) -> None:
        for key, _ in self.selector.select(seconds):
            key.data(key.fileobj)
        if (now := time.monotonic()) >= self.next_glance:
            self.next_glance = now + seconds
            self.notify()
            self.clients.let_go_of_the_overdue()

    def _on_signal(self, pipe: int) -> None:
        os.read(pipe, 4096)

    def _answer_for_ever(self) -> None:
        while True:
            conn = self.clients.poller.wait()
            if conn is not None and self.clients.hear(conn):
                self._answer_all(conn)

    def _answer_all(self, first: Connection) -> None:
        """And whoever has waited for a thread meanwhile, before whatever came behind it."""
        self.crew.begin()
        conn: Connection | None = first
        while conn is not None:
            conn = self.crew.let_others_first(conn) if self._answer(conn) else self.crew.end()

    def _answer(self, conn: Connection) -> bool:
        """Whether another request is there as a whole."""
        kept = self.settled.worker_connections // 2
        conn.goes_on = self.alive and len(self.clients.idle) < kept
        answer(conn, self.wsgi, self.settled)
        return self.clients.send(conn)

    def _listen(self) -> None:
        self.selector.register(self.clients.poller, EVENT_READ, self._hear)

    def _rest(self) -> None:
        self.selector.unregister(self.clients.poller)

    def _hear(self, poller: Poller) -> None:
        """A sign of life is given at once, anything else waits for a thread."""
        conn = poller.wait(0)
        if conn is None or not self.clients.hear(conn):
            return
        head = conn.arrival.head
        if head and head.target == SIGN_OF_LIFE and not self._answer(conn):
            return
        if not self.crew.enqueue(conn):
            self.clients.hand_on(conn)
