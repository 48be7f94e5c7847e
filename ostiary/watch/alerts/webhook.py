"""The webhook, signed as Standard Webhooks say (https://www.standardwebhooks.com)."""

import base64
import hashlib
import hmac
import io
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from http.client import HTTPConnection, HTTPException
from urllib.parse import SplitResult, quote, unquote, urlsplit

from ostiary.courier.deliveries import Interrupted
from ostiary.courier.letters.addresses import wire_host
from ostiary.courier.smtp import LetterDeferred, ServerUnreachable
from ostiary.courier.smtp.dialogue import BoundedReader, Deadline, dial
from ostiary.courier.smtp.outcomes import lost_as
from ostiary.platform import tracing
from ostiary.platform.clock import Clock

PORTS = {"http": 80, "https": 443}
# Whatever a URL may hold beyond letters and digits (RFC 3986), what is quoted already included.
AS_WRITTEN = "/?%:@!$&'()*+,;=~"
# Too much of everything, or nobody behind the gateway: there is no point in calling for another.
AWAY = {429, 502, 503, 504}


@dataclass(frozen=True)
class Webhook:
    """`secret` is `whsec_` and the key in base64; `deadline` bounds a whole call."""

    url: str = field(repr=False)
    secret: str = field(repr=False)
    now: Clock
    deadline: timedelta = timedelta(seconds=10)

    def post(self, message_id: str, body: bytes) -> None:
        """Raises `Undelivered` unless the answer is a 2xx; redirects are not followed.

        A receiver that answers, but not well, may do so to this message alone.
        """
        with lost_as(ServerUnreachable), self._connected() as connection, _interrupted():
            connection.request("POST", self._path, body, self._headers(message_id, body))
            status = connection.getresponse().status
        if status // 100 != 2:
            raise (Interrupted if status in AWAY else LetterDeferred)(f"answered {status}")

    @contextmanager
    def _connected(self) -> Iterator[HTTPConnection]:
        deadline, host = Deadline(self.deadline), self._parts.hostname or ""
        port = self._parts.port or PORTS[self._parts.scheme]
        connection = HTTPConnection(host, port)
        with closing(dial(host, port, deadline)) as dialled:
            sock = self._encrypted(dialled, deadline) if self._is_secure else dialled
            with closing(_Line(sock, deadline)) as line:
                connection.sock = line
                yield connection

    def _encrypted(self, sock: socket.socket, deadline: Deadline) -> socket.socket:
        sock.settimeout(deadline.remaining())
        return ssl.create_default_context().wrap_socket(sock, server_hostname=self._parts.hostname)

    def _headers(self, message_id: str, body: bytes) -> dict[str, str]:
        timestamp = str(int(self.now().timestamp()))
        return {
            **tracing.outgoing_headers(),
            **self._credentials(),
            "Host": self._host,
            "Content-Type": "application/json",
            "User-Agent": "Ostiary",
            "Connection": "close",
            "webhook-id": message_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": self._sign(message_id, timestamp, body),
        }

    def _sign(self, message_id: str, timestamp: str, body: bytes) -> str:
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signed = f"{message_id}.{timestamp}.".encode() + body
        return f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"

    def _credentials(self) -> dict[str, str]:
        """Of the URL, as every other client sends them."""
        if self._parts.username is None:
            return {}
        user = f"{unquote(self._parts.username)}:{unquote(self._parts.password or '')}"
        return {"Authorization": f"Basic {base64.b64encode(user.encode()).decode()}"}

    @cached_property
    def _parts(self) -> SplitResult:
        return urlsplit(self.url)

    @property
    def _is_secure(self) -> bool:
        return self._parts.scheme == "https"

    @property
    def _path(self) -> str:
        query = f"?{self._parts.query}" if self._parts.query else ""
        return quote((self._parts.path or "/") + query, safe=AS_WRITTEN)

    @property
    def _host(self) -> str:
        host = self._parts.hostname or ""
        written = f"[{host}]" if ":" in host else wire_host(host)
        return f"{written}:{self._parts.port}" if self._parts.port else written


@dataclass(frozen=True)
class _Line:
    """What http.client needs of a socket, with one deadline for all of it."""

    sock: socket.socket
    deadline: Deadline

    def sendall(self, data: bytes) -> None:
        self.sock.settimeout(self.deadline.remaining())
        self.sock.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(BoundedReader(self.sock, self.deadline))

    def close(self) -> None:
        self.sock.close()


@contextmanager
def _interrupted() -> Iterator[None]:
    with lost_as(Interrupted):
        try:
            yield
        except HTTPException as problem:
            raise Interrupted(f"no answer of HTTP: {type(problem).__name__}") from None
