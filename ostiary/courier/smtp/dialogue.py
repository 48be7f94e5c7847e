"""An SMTP dialogue that ends at its deadline, however slowly the server drips."""

import io
import smtplib
import socket
import ssl
import time
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ostiary.platform.timeouts import within

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

_FAREWELL_SECONDS = 0.1


class Deadline:
    def __init__(self, span: timedelta) -> None:
        self.renew(span)

    def renew(self, span: timedelta) -> None:
        self._at = time.monotonic() + span.total_seconds()

    def remaining(self) -> float:
        """Seconds, more than none; raises TimeoutError when they are used up."""
        seconds = self._at - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("timed out")
        return seconds


def dial(host: str, port: int, deadline: Deadline) -> socket.socket:
    """Each address of the host gets an equal share of the time that its look-up left."""
    addresses = _look_up(host, port, deadline)
    share = deadline.remaining() / len(addresses)
    for *_, address in addresses[:-1]:
        with suppress(OSError):
            return socket.create_connection((str(address[0]), port), share)
    return socket.create_connection((str(addresses[-1][-1][0]), port), share)


def _look_up(host: str, port: int, deadline: Deadline) -> list[Any]:
    """A resolver has a patience of its own, often of half a minute and more."""
    left = timedelta(seconds=deadline.remaining())
    try:
        return within(left, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except TimeoutError:
        raise TimeoutError("timed out looking up the host's name") from None


class Dialogue(smtplib.SMTP):
    """smtplib bounds each read on its own; this bounds all of them together."""

    def __init__(self, sock: socket.socket, deadline: Deadline, *, name: str) -> None:
        super().__init__(local_hostname=name or _literal(sock))
        self.sock = sock
        self.command_encoding = "utf-8"
        self._deadline = deadline

    def encrypt(self, context: ssl.SSLContext, host: str) -> None:
        """What was read before is forgotten (RFC 3207): say EHLO again."""
        self._socket.settimeout(self._deadline.remaining())
        self.sock = context.wrap_socket(self._socket, server_hostname=host)
        self.file = None

    def renew(self, span: timedelta) -> None:
        """As much time again, from now on."""
        self._deadline.renew(span)

    def send(self, s: "ReadableBuffer | str") -> None:
        self._socket.settimeout(self._deadline.remaining())
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None:
            self.file = io.BufferedReader(BoundedReader(self._socket, self._deadline))
        return super().getreply()

    @property
    def certificate(self) -> bytes | None:
        sock = self._socket
        return sock.getpeercert(binary_form=True) if isinstance(sock, ssl.SSLSocket) else None

    def leave(self) -> None:
        """Says QUIT and does not wait to hear it answered."""
        with suppress(OSError):
            self._socket.settimeout(_FAREWELL_SECONDS)
            super().send("QUIT\r\n")
        self.close()

    @property
    def _socket(self) -> socket.socket:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("the connection is closed")
        return self.sock


class BoundedReader(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        self._sock.settimeout(self._deadline.remaining())
        return self._sock.recv_into(buffer)


def _literal(sock: socket.socket) -> str:
    """Our address, as RFC 5321 4.1.3 writes it: a look-up of our name could take for ever."""
    address = str(sock.getsockname()[0]).partition("%")[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"
