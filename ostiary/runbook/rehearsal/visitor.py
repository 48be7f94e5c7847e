"""One client of the API: asks over a connection of its own, and never raises."""

import json
import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any, NamedTuple

from ostiary.dev.ports import LOOPBACK

# Longer than any answer may take.
PATIENCE_SECONDS = 10.0


class Reply(NamedTuple):
    """The status 0 is an answer that did not come."""

    status: int
    body: dict[str, Any]
    retry_after: int
    at: float
    seconds: float


@dataclass(frozen=True)
class Visitor:
    """`client` is the address a trusted proxy says the visitor has."""

    port: int
    client: str = "10.0.0.1"

    def ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, **headers: str
    ) -> Reply:
        began = time.monotonic()
        connection = HTTPConnection(LOOPBACK, self.port, timeout=PATIENCE_SECONDS)
        try:
            connection.request(method, path, json.dumps(body) if body else None, self._all(headers))
            answered = connection.getresponse()
            raw, retry_after = answered.read(), int(answered.getheader("Retry-After", "0"))
            status = answered.status
        except (OSError, HTTPException):
            status, raw, retry_after = 0, b"", 0
        finally:
            connection.close()
        return Reply(status, _read(raw), retry_after, began, time.monotonic() - began)

    def _all(self, headers: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return {"Content-Type": "application/json", "X-Forwarded-For": self.client, **named}


def _read(raw: bytes) -> dict[str, Any]:
    try:
        document = json.loads(raw)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
