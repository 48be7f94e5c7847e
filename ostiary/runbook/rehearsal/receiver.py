"""The operator's webhook: takes every call and remembers what it said."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Self

from ostiary.dev.ports import LOOPBACK

SECRET = "whsec_b3N0aWFyeSBzaWducyBpdHMgYWxlcnRz"


class Receiver:
    """`lines` are such as `firing redis_unavailable`, in the order of arrival."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._server.server_address[1]}/"

    def __enter__(self) -> Self:
        self._server = _Server(self.lines)
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        super().__init__((LOOPBACK, 0), _Call)


class _Call(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        state = str(told["type"]).removeprefix("alert.")
        self.server.lines.append(f"{state} {told['data']['rule']}")
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""
