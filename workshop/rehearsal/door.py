"""Where something is asked by HTTP or HTTPS, a connection for each question."""

import json
import ssl
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from functools import cached_property
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

# Longer than any answer may take.
PATIENCE_SECONDS = 10.0


class Answered(NamedTuple):
    status: int
    headers: Message
    raw: bytes


@dataclass(frozen=True)
class Door:
    """`ca_file` is for a certificate of one's own making."""

    url: str
    ca_file: Path | None = None

    def ask(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answered:
        """Raises OSError or HTTPException where there is no answer."""
        content = json.dumps(body) if body else None
        with closing(self._connect()) as connection:
            connection.request(method, self._parts.path + path, content, dict(headers or {}))
            answer = connection.getresponse()
            return Answered(answer.status, answer.headers, answer.read())

    def _connect(self) -> HTTPConnection:
        host, port = self._parts.hostname or "", self._parts.port
        if self._parts.scheme == "https":
            return HTTPSConnection(host, port, timeout=PATIENCE_SECONDS, context=self._trust)
        return HTTPConnection(host, port, timeout=PATIENCE_SECONDS)

    @cached_property
    def _parts(self) -> Any:
        return urlsplit(self.url.rstrip("/"))

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca_file)
