"""A client's connection, for which nobody ever waits."""

from collections.abc import Callable
from contextlib import suppress
from socket import SHUT_WR, socket
from typing import TYPE_CHECKING, Any

from api.server.arrival import Arrival

if TYPE_CHECKING:
    from api.server.deadlines import Deadlines

Then = Callable[["Connection"], bool]

CHUNK = 65_536
# Fewer than any system takes at once.
MOST_PIECES = 16


class Connection:
    """What is said is kept until `flush`, and what the network does not take then even longer.

    Whoever answers a request writes to it as to a socket. `goes_on` says whether another request
    may follow. `then` is what happens when the poller tells of it, and says whether a whole request
    is there.
    """

    then: Then

    def __init__(self, sock: socket, client: Any, server: Any) -> None:
        sock.settimeout(0)
        self.sock, self.client, self.server = sock, client, server
        self.arrival = Arrival()
        self.goes_on = True
        self.deadline: Deadlines | None = None
        self.since = 0.0
        self._unsent: list[memoryview] = []

    def fileno(self) -> int:
        return self.sock.fileno()

    def is_taken(self) -> bool:
        """Whether it was waiting until now, and is the caller's."""
        deadline = self.deadline
        return deadline is not None and deadline.take(self)

    def receive(self) -> bytes | None:
        """Nothing when the client has gone, None when it has merely not sent anything."""
        try:
            return self.sock.recv(CHUNK)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def sendall(self, data: bytes) -> None:
        if data:
            self._unsent.append(memoryview(data))

    def say_at_once(self, data: bytes) -> None:
        """Whatever of it the network takes; for words that are no part of an answer."""
        with suppress(OSError):
            self.sock.send(data)

    def take_back(self) -> None:
        """What has been said since the last `flush`."""
        self._unsent.clear()

    def flush(self) -> bool:
        """Whether everything is sent. Raises OSError when the client has gone."""
        while self._unsent:
            try:
                self._sent(self.sock.sendmsg(self._unsent[:MOST_PIECES]))
            except BlockingIOError:
                return False
        return True

    def end(self) -> None:
        """Says that nothing more will be said. Raises OSError when the client has gone."""
        self.sock.shutdown(SHUT_WR)

    def close(self) -> None:
        with suppress(OSError):
            self.sock.close()

    def _sent(self, count: int) -> None:
        while count and count >= len(self._unsent[0]):
            count -= len(self._unsent.pop(0))
        if count:
            self._unsent[0] = self._unsent[0][count:]
