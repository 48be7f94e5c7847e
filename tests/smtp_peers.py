"""A mail server that says at every step what a test tells it to."""

import base64
import datetime as dt
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HANG_UP = "hang up"
STAY_SILENT = "stay silent"
DRIP = "drip"

MANNERS = {
    "GREETING": "220 peer ESMTP",
    "EHLO": "250 peer",
    "STARTTLS": "220 go ahead",
    "AUTH": "235 welcome",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "RSET": "250 ok",
    "DATA": "354 go ahead",
    "LETTER": "250 accepted",
}


class Peer:
    """`manners` replaces replies by step; steps are verbs, `GREETING` and `LETTER`."""

    def __init__(self, tls: ssl.SSLContext | None = None, /, **manners: str) -> None:
        self.manners = MANNERS | manners
        self.tls = tls
        self.heard: list[str] = []
        self.letters: list[bytes] = []
        self.is_over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def close(self) -> None:
        self.is_over.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while not self.is_over.is_set():
            with suppress(OSError):
                sock, _ = self._listener.accept()
                sock.settimeout(5)
                self._converse(sock)

    def _converse(self, sock: socket.socket) -> None:
        lines = sock.makefile("rb")
        try:
            if not self._say(sock, "GREETING"):
                return
            while line := lines.readline():
                self.heard.append(line.decode(errors="replace").rstrip())
                verb = self.heard[-1].split()[0].upper()
                if verb == "QUIT" or not self._say(sock, verb):
                    return
                if verb == "STARTTLS" and self.tls:
                    sock = self.tls.wrap_socket(sock, server_side=True)
                    lines = sock.makefile("rb")
                if verb == "DATA" and self.manners["DATA"].startswith("354"):
                    self.letters.append(b"".join(_until_the_dot(lines)))
                    if not self._say(sock, "LETTER"):
                        return
        finally:
            lines.close()
            sock.close()

    def _say(self, sock: socket.socket, step: str) -> bool:
        reply = self.manners.get(step, "500 what?")
        if reply == STAY_SILENT:
            self.is_over.wait(5)
        if reply == DRIP:
            self._drip(sock)
        if reply in {HANG_UP, STAY_SILENT, DRIP}:
            return False
        sock.sendall(reply.encode() + b"\r\n")
        return True

    def _drip(self, sock: socket.socket) -> None:
        while not self.is_over.is_set():
            sock.sendall(b"2")
            time.sleep(0.02)


def _until_the_dot(lines: Iterator[bytes]) -> Iterator[bytes]:
    for line in lines:
        if line == b".\r\n":
            return
        yield line.removeprefix(b".")


@contextmanager
def peer(tls: ssl.SSLContext | None = None, /, **manners: str) -> Iterator[Peer]:
    server = Peer(tls, **manners)
    try:
        yield server
    finally:
        server.close()


def self_signed(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1 nobody vouches for, and the server's side of it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "peer")])
    today = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "peer.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return path, context


def plain_credentials(line: str) -> list[str]:
    """User and password of an `AUTH PLAIN` line."""
    return base64.b64decode(line.split()[2]).decode().split("\0")[1:]
