"""How the mailbox answers a browser or a program; nothing here asks anything of the internet."""

from http import HTTPStatus
from http.server import BaseHTTPRequestHandler

JSON = "application/json"
LARGEST_BYTES = 65_536


class Answering(BaseHTTPRequestHandler):
    server_version = "Mailbox"
    sys_version = ""

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the page asks every two seconds."""

    def _body(self) -> bytes:
        length = int(self.headers.get("Content-Length") or 0)
        return self.rfile.read(min(length, LARGEST_BYTES))

    def _done(self) -> None:
        self._send(b"", JSON, status=HTTPStatus.NO_CONTENT)

    def _send(
        self, body: bytes, kind: str, *, status: HTTPStatus = HTTPStatus.OK, policy: str = ""
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        if policy:
            self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(body)
