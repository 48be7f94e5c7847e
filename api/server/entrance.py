"""The entrance: who knocks is let in by a worker with few connections."""

import time
from collections.abc import Sequence
from contextlib import suppress
from errno import EMFILE, ENFILE, ENOBUFS, ENOMEM
from selectors import EVENT_READ, BaseSelector
from socket import socket

from api.server.clients import Clients
from api.server.connection import Connection
from api.server.crowd import Seat

# As long as it takes another worker to let somebody in, and after so many times it never will.
ASIDE_SECONDS, MOST_TIMES = 0.001, 8
# Whoever knocks goes on knocking until there is a descriptor for them.
NO_ROOM = {EMFILE, ENFILE, ENOBUFS, ENOMEM}


class Entrance:
    """Whoever has more connections than another worker steps aside: the system wakes all of them
    for each connection, and the one that was awake would have them all.
    """

    def __init__(
        self,
        selector: BaseSelector,
        listeners: Sequence[socket],
        clients: Clients,
        seat: Seat,
        *,
        most: int,
    ) -> None:
        self._selector, self._listeners = selector, listeners
        self._clients, self._seat, self._most = clients, seat, most
        self._is_open = False
        self._times_aside = 0
        self._aside_until = 0.0

    def tend(self) -> float | None:
        """To be called between any two looks at the selector; the seconds the next may take."""
        here = len(self._clients)
        self._seat.tell(here)
        if self._aside_until:
            if (left := self._aside_until - time.monotonic()) > 0:
                return left
            self._aside_until = 0.0
        self._let_in(wanted=here < self._most)
        return None

    def close(self) -> None:
        """Whoever has knocked is let in; whoever comes now is refused, and waits no longer."""
        self._let_in(wanted=False)
        for listener in self._listeners:
            listener.settimeout(0)
            with suppress(OSError):
                while True:
                    self._welcome(listener)
            listener.close()
        self._seat.leave()

    def _let_in(self, *, wanted: bool) -> None:
        if wanted == self._is_open:
            return
        self._is_open = wanted
        for listener in self._listeners:
            if wanted:
                listener.settimeout(0)
                self._selector.register(listener, EVENT_READ, self._on_knock)
            else:
                self._selector.unregister(listener)

    def _on_knock(self, listener: socket) -> None:
        if self._times_aside < MOST_TIMES and self._seat.has_more_than_another():
            self._step_aside()
            return
        self._times_aside = 0
        try:
            self._welcome(listener)
        except OSError as error:
            if error.errno in NO_ROOM:
                self._clients.make_room()
                self._step_aside()
            return
        self._seat.tell(len(self._clients))
        if len(self._clients) >= self._most:
            self._clients.make_room()

    def _welcome(self, listener: socket) -> None:
        """Raises OSError when nobody is there, or there is no room for them."""
        self._clients.welcome(Connection(*listener.accept(), listener.getsockname()))

    def _step_aside(self) -> None:
        self._times_aside += 1
        self._aside_until = time.monotonic() + ASIDE_SECONDS
        self._let_in(wanted=False)
