"""Sockets that are read and written without ever waiting."""

from collections import deque
from contextlib import suppress
from socket import MSG_DONTWAIT, socket
from typing import Any

CHUNK = 65_536


class PatientSocket(socket):
    """Keeps what the network does not take at once, so that whoever writes may go on."""

    def __init__(self, other: socket) -> None:
        super().__init__(other.family, other.type, other.proto, fileno=other.detach())
        self.unsent: deque[memoryview] = deque()

    def sendall(self, data: Any, flags: int = 0) -> None:
        self.unsent.append(memoryview(data))
        self.send_more()

    def send_more(self) -> None:
        """Raises OSError when the client has gone."""
        while self.unsent:
            try:
                sent = self.send(self.unsent[0], MSG_DONTWAIT)
            except BlockingIOError:
                return
            if rest := self.unsent.popleft()[sent:]:
                self.unsent.appendleft(rest)


def receive(client: socket) -> bytes | None:
    """Nothing when the client has gone, None when it has merely not sent anything."""
    try:
        return client.recv(CHUNK)
    except BlockingIOError:
        return None
    except OSError:
        return b""


def say(client: socket, answer: bytes) -> None:
    with suppress(OSError):
        client.sendall(answer)
