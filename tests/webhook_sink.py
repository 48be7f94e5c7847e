"""A webhook's receiver: keeps what it accepts, and answers as a test says."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer
from ssl import SSLContext
from time import sleep, time
from typing import Any, NamedTuple

KEY = "whsec_" + "b3N0aWFyeSBzaWducyBpdHMgYWxlcnRz"


class Received(NamedTuple):
    at: float
    headers: dict[str, str]
    body: bytes
    path: str = ""

    @property
    def document(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    @property
    def line(self) -> str:
        """Such as `firing redis_unavailable`."""
        return f"{self.document['type'].removeprefix('alert.')} {self.document['data']['rule']}"


@dataclass
class WebhookSink:
    """`answers` are used up one by one, then everything is accepted; never `unwanted`, a line."""

    port: int = 0
    answers: list[int] = field(default_factory=list)
    unwanted: str = ""
    drips: bool = False
    tls: SSLContext | None = None
    accepted: list[Received] = field(default_factory=list)
    refused: list[Received] = field(default_factory=list)

    @property
    def url(self) -> str:
        scheme = "https" if self.tls else "http"
        return f"{scheme}://127.0.0.1:{self.port}/hooks/ostiary?from=here"

    @property
    def lines(self) -> list[str]:
        return [each.line for each in self.accepted]

    def answer(self, received: Received) -> int:
        if self.unwanted and received.line == self.unwanted:
            return 422
        return self.answers.pop(0) if self.answers else 204


@contextmanager
def listening(sink: WebhookSink) -> Iterator[WebhookSink]:
    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            received = Received(time(), headers, body, self.path)
            status = sink.answer(received)
            kept = sink.accepted if status // 100 == 2 else sink.refused
            kept.append(received)
            while sink.drips:
                self.wfile.write(b"H")
                sleep(0.1)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", sink.port), Listener)
    if sink.tls:
        server.socket = sink.tls.wrap_socket(server.socket, server_side=True)
    sink.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def answering(raw: bytes) -> Iterator[str]:
    """The URL of somebody who answers exactly this and hangs up."""

    class Listener(StreamRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            self.wfile.write(raw)

    with ThreadingTCPServer(("127.0.0.1", 0), Listener) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()
