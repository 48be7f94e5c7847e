"""The webhook, signed as Standard Webhooks say (https://www.standardwebhooks.com)."""

import base64
import hashlib
import hmac
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Timer
from urllib.parse import urlsplit

from ostiary.courier.smtp import ServerUnreachable
from ostiary.platform.clock import Clock

PATIENCE_SECONDS = 5
DEADLINE_SECONDS = 10


@dataclass(frozen=True)
class Webhook:
    """`secret` is `whsec_` and the key in base64."""

    url: str
    secret: str
    now: Clock

    def post(self, message_id: str, body: bytes) -> None:
        """Raises `ServerUnreachable` unless the answer is a 2xx; redirects are not followed."""
        url = urlsplit(self.url)
        path = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
        try:
            with self._connected(url.scheme, url.netloc.rpartition("@")[2]) as connection:
                connection.request("POST", path, body, self._headers(message_id, body))
                status = connection.getresponse().status
        except (OSError, HTTPException, ValueError) as problem:
            raise ServerUnreachable(f"webhook: {problem or type(problem).__name__}") from None
        if status // 100 != 2:
            raise ServerUnreachable(f"webhook: answered {status}")

    def _headers(self, message_id: str, body: bytes) -> dict[str, str]:
        timestamp = str(int(self.now().timestamp()))
        return {
            "Content-Type": "application/json",
            "User-Agent": "Ostiary",
            "webhook-id": message_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": self._sign(message_id, timestamp, body),
        }

    def _sign(self, message_id: str, timestamp: str, body: bytes) -> str:
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signed = f"{message_id}.{timestamp}.".encode() + body
        return f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"

    @contextmanager
    def _connected(self, scheme: str, host: str) -> Iterator[HTTPConnection]:
        """The timeout of the socket bounds each read, and a timer all of them together."""
        connection = (
            HTTPSConnection(host, timeout=PATIENCE_SECONDS, context=ssl.create_default_context())
            if scheme == "https"
            else HTTPConnection(host, timeout=PATIENCE_SECONDS)
        )
        timer = Timer(DEADLINE_SECONDS, _hang_up, [connection])
        timer.daemon = True
        timer.start()
        try:
            yield connection
        finally:
            timer.cancel()
            connection.close()


def _hang_up(connection: HTTPConnection) -> None:
    with suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)
