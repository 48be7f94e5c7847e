"""The mailbox on a page and as JSON."""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from jinja2 import DictLoader, Environment

from workshop.mailbox.answering import JSON, Answering
from workshop.mailbox.calls import Calls
from workshop.mailbox.letterbox import Letterbox
from workshop.mailbox.letters import Letter
from workshop.mailbox.samples import all_samples, find_sample
from workshop.mailbox.smtp_listener import Slot

HTML = "text/html; charset=utf-8"
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

    def __init__(self, address: tuple[str, int], box: Letterbox, calls: Calls, slot: Slot) -> None:
        self.box, self.calls, self.slot = box, calls, slot
        super().__init__(address, _Answer)


class _Answer(Answering):
    server: PageServer

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        match url.path.strip("/").split("/"):
            case [""]:
                self._page("list", letters=self.server.box.letters())
            case ["api", "messages"]:
                self._messages(dict(parse_qsl(url.query)))
            case ["api", "calls"]:
                self._calls(dict(parse_qsl(url.query)))
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

    def do_POST(self) -> None:
        """The webhook, which is not asked for its signature."""
        called = self.path == "/webhook" and self.server.calls.take(
            self.headers.get("webhook-id", ""), self._body()
        )
        self._done() if called else self.send_error(HTTPStatus.BAD_REQUEST)

    def do_PUT(self) -> None:
        self._change({"/api/closed": self.server.slot.close})

    def do_DELETE(self) -> None:
        deeds = {"/api/messages": self.server.box.empty, "/api/closed": self.server.slot.open}
        self._change(deeds)

    def _change(self, deeds: Mapping[str, Callable[[], None]]) -> None:
        deed = deeds.get(urlsplit(self.path).path)
        if deed is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        deed()
        self._done()

    def _find(self, letter_id: str) -> Letter | None:
        return find_sample(letter_id) or self.server.box.find(letter_id)

    def _messages(self, query: dict[str, str]) -> None:
        found = self.server.box.letters(to=query.get("to"), after=query.get("after"))
        self._document([each.as_json() for each in found])

    def _calls(self, query: dict[str, str]) -> None:
        found = self.server.calls.calls(after=query.get("after"))
        self._document([each._asdict() for each in found])

    def _document(self, found: list[dict[str, Any]]) -> None:
        self._send(json.dumps(found, ensure_ascii=False, indent=1).encode(), JSON)

    def _page(self, name: str, **values: object) -> None:
        body = _templates.get_template(f"{name}.html").render(**values)
        self._send(body.encode(errors="replace"), HTML, policy=PAGE_POLICY)

    def _letter_html(self, letter: Letter) -> None:
        """Sandboxed: no scripts, no forms, nothing fetched; links open in a tab of their own."""
        body = f'<base target="_blank">{letter.html}'
        self._send(body.encode(errors="replace"), HTML, policy=LETTER_POLICY)
