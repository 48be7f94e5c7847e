"""A proxy in front of Postgres or Redis that overhears what is asked, and how often."""

import socket
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Thread
from typing import Self
from urllib.parse import urlsplit

from workshop.harness.ports import LOOPBACK

# Longer than any statement, and small beside what a request needs.
CHUNK = 8_192


@dataclass
class Wiretap:
    """A round trip is whatever is said before the next answer, however many questions it has."""

    url: str
    said: list[bytes] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._server = socket.create_server((LOOPBACK, 0))
        target = urlsplit(self.url)
        self._target = (target.hostname or LOOPBACK, target.port or 0)
        port = self._server.getsockname()[1]
        self.url = target._replace(
            netloc=target.netloc.replace(f":{target.port}", f":{port}")
        ).geturl()
        Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()

    def statements(self) -> list[str]:
        """Of Postgres' simple protocol, which is the one psycopg2 speaks."""
        texts = (each[5:-1].decode() for each in self.said if each.startswith(b"Q"))
        pieces = (piece.strip() for text in texts for piece in text.split(";"))
        return [" ".join(piece.split()) for piece in pieces if piece]

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._server.accept()
                Thread(target=self._listen, args=(client,), daemon=True).start()

    def _listen(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._target) as server:
            answers = Thread(target=_pass_on, args=(server, client), daemon=True)
            answers.start()
            with suppress(OSError):
                while chunk := client.recv(CHUNK):
                    self.said.append(chunk)
                    server.sendall(chunk)
                server.shutdown(socket.SHUT_WR)
            answers.join()


def _pass_on(server: socket.socket, client: socket.socket) -> None:
    with suppress(OSError):
        while chunk := server.recv(CHUNK):
            client.sendall(chunk)
