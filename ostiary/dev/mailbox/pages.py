"""The mailbox on a page and as JSON; nothing here asks anything of the internet."""

import json
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from urllib.parse import parse_qs, urlsplit

from jinja2 import DictLoader, Environment

from ostiary.dev.mailbox.letterbox import Letterbox
from ostiary.dev.mailbox.letters import Letter
from ostiary.dev.mailbox.samples import all_samples, find_sample
from ostiary.dev.ports import LOOPBACK

HTML = "text/html; charset=utf-8"
JSON = "application/json"
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
    " frame-src 'self'; img-src data:; base-uri 'none'; form-action 'self'"
)
LETTER_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none';"
    " style-src 'unsafe-inline'; img-src data:"
)
ASSETS = {"mailbox.css": "text/css; charset=utf-8", "mailbox.js": "text/javascript; charset=utf-8"}

_folder = files(__package__) / "assets"
_templates = Environment(
    loader=DictLoader(
        {
            f"{name}.html": (_folder / f"{name}.html").read_text("utf-8")
            for name in ("page", "list", "letter", "samples")
        }
    ),
    autoescape=True,
)


class PageServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, box: Letterbox) -> None:
        self.box = box
        super().__init__((LOOPBACK, port), _Answer)


class _Answer(BaseHTTPRequestHandler):
    server: PageServer
    server_version = "Mailbox"
    sys_version = ""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        match url.path.strip("/").split("/"):
            case [""]:
                self._page("list", letters=self.server.box.letters())
            case ["api", "messages"]:
                self._messages(parse_qs(url.query))
            case ["samples"]:
                self._page("samples", letters=all_samples())
            case ["letters", letter_id] if letter := self._find(letter_id):
                self._page("letter", letter=letter)
            case ["letters", letter_id, "html"] if letter := self._find(letter_id):
                self._letter_html(letter)
            case ["assets", name] if name in ASSETS:
                self._send((_folder / name).read_bytes(), ASSETS[name])
            case _:
                self.send_error(HTTPStatus.NOT_FOUND)

    def do_DELETE(self) -> None:
        if urlsplit(self.path).path != "/api/messages":
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        self.server.box.empty()
        self._send(b"", JSON, status=HTTPStatus.NO_CONTENT)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the page asks every two seconds."""

    def _find(self, letter_id: str) -> Letter | None:
        return find_sample(letter_id) or self.server.box.find(letter_id)

    def _messages(self, query: dict[str, list[str]]) -> None:
        addressee = query.get("to", [None])[-1]
        found = [each.as_json() for each in self.server.box.letters(to=addressee)]
        self._send(json.dumps(found, ensure_ascii=False, indent=1).encode(), JSON)

    def _page(self, name: str, **values: object) -> None:
        body = _templates.get_template(f"{name}.html").render(**values)
        self._send(body.encode(errors="replace"), HTML, policy=PAGE_POLICY)

    def _letter_html(self, letter: Letter) -> None:
        """Sandboxed: no scripts, no forms, nothing fetched; links open in a tab of their own."""
        body = f'<base target="_blank">{letter.html}'
        self._send(body.encode(errors="replace"), HTML, policy=LETTER_POLICY)

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
