"""Sockets, read and written without ever waiting."""

from contextlib import suppress
from socket import socket

CHUNK = 65_536


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
        client.setblocking(False)
        client.send(answer)
