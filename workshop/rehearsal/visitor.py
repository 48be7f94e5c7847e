"""One client of the API: asks over a connection of its own, and never raises."""

import json
import time
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException
from typing import Any, NamedTuple

from workshop.rehearsal.door import Answered, Door

NO_HEADERS = Message()
NO_ANSWER = Answered(0, NO_HEADERS, b"")


class Reply(NamedTuple):
    """The status 0 is an answer that did not come."""

    status: int
    body: dict[str, Any]
    retry_after: int
    at: float
    seconds: float
    headers: Message = NO_HEADERS

    @property
    def says_later(self) -> bool:
        """Who comes again through an outage meets the rate limits, too; a lock is another thing."""
        return self.status == 503 or self.body.get("code") == "rate_limited"


@dataclass(frozen=True)
class Visitor:
    """`client` is the address a trusted proxy says the visitor has."""

    door: Door
    client: str = "10.0.0.1"

    def ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, **headers: str
    ) -> Reply:
        began = time.monotonic()
        try:
            answered = self.door.ask(method, path, body, self._all(headers))
        except (OSError, HTTPException):
            answered = NO_ANSWER
        seconds = time.monotonic() - began
        retry_after = int(answered.headers.get("Retry-After", "0"))
        told = _read(answered.raw)
        return Reply(answered.status, told, retry_after, began, seconds, answered.headers)

    def _all(self, headers: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return {"Content-Type": "application/json", "X-Forwarded-For": self.client, **named}


def _read(raw: bytes) -> dict[str, Any]:
    try:
        document = json.loads(raw)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
