"""`GET /metrics` of a worker: what one request head is answered."""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException, HTTPMessage, parse_headers
from io import BytesIO
from pathlib import Path

import orjson
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, Metric, generate_latest

from ostiary.errors import MetricsForbidden, NotFound
from ostiary.platform import metrics
from ostiary.platform.client_address import Network, find_client
from ostiary.platform.tallies.files import collect
from ostiary.watch.metrics_guard import MetricsGuard
from ostiary.watch.probe import HEADER

NAMES = {each.name.removesuffix("_total") for each in metrics.OF_WORKERS}
METHODS = ("GET", "HEAD")
NOT_ALLOWED = (405, "method_not_allowed", "The route does not know this method.")


@dataclass(frozen=True)
class MetricsPage:
    guard: MetricsGuard
    trusted: tuple[Network, ...]
    public_url: str
    folder: Path

    def answer(self, head: bytes, peer: str) -> bytes:
        """To everything up to the empty line; whatever it is, this does not raise."""
        try:
            method, path, headers = _read(head)
        except (ValueError, HTTPException):
            return _response(400, "text/plain", b"Bad Request\n")
        if path == "/metrics" and method not in METHODS:
            return self._refuse(method, *NOT_ALLOWED)
        try:
            self._admit(path, headers, peer=peer)
        except MetricsForbidden as refusal:
            return self._refuse(method, 403, refusal.code, refusal.title)
        except NotFound as refusal:
            return self._refuse(method, 404, refusal.code, refusal.title)
        return _response(200, CONTENT_TYPE_PLAIN_0_0_4, generate_latest(self), method)

    def collect(self) -> Iterator[Metric]:
        return (each for each in collect(self.folder) if each.name in NAMES)

    def _admit(self, path: str, headers: HTTPMessage, *, peer: str) -> None:
        if path != "/metrics":
            raise NotFound
        client = find_client(peer, _all(headers, "X-Forwarded-For"), trusted=self.trusted)
        secret, probe = (_all(headers, each) for each in ("X-Metrics-Secret", HEADER))
        self.guard.ensure_open(client=client, secret=_raw(secret), probe=_raw(probe))

    def _refuse(self, method: str, status: int, code: str, title: str) -> bytes:
        """As every problem of Ostiary's is told, RFC 9457."""
        problem = {
            "type": f"{self.public_url}/docs/errors/{code}",
            "title": title,
            "status": status,
            "detail": title,
            "code": code,
        }
        return _response(status, "application/problem+json", orjson.dumps(problem), method)


def _read(head: bytes) -> tuple[str, str, HTTPMessage]:
    line, _, rest = head.decode("latin-1").partition("\r\n")
    method, target, version = line.split(" ")
    if not version.startswith("HTTP/1."):
        raise ValueError(version)
    return method, target.partition("?")[0], parse_headers(BytesIO(rest.encode("latin-1")))


def _all(headers: HTTPMessage, name: str) -> str:
    return ",".join(value.strip() for value in headers.get_all(name, []))


def _raw(value: str) -> bytes:
    return value.encode("latin-1", "replace")


def _response(status: int, media: str, body: bytes, method: str = "GET") -> bytes:
    head = [
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        f"Content-Type: {media}",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
        *([f"Allow: {', '.join(METHODS)}"] if status == 405 else []),
    ]
    return "\r\n".join([*head, "", ""]).encode() + (b"" if method == "HEAD" else body)
