"""A mailbox for development: takes every letter by SMTP and shows it on a page."""

from threading import Thread
from typing import Self

from workshop.harness.ports import LOOPBACK, free_port
from workshop.mailbox.calls import Call, Calls
from workshop.mailbox.letterbox import Letterbox
from workshop.mailbox.letters import Letter
from workshop.mailbox.pages import PageServer
from workshop.mailbox.smtp_listener import Slot

__all__ = ["Call", "Letter", "Mailbox"]


class Mailbox:
    """Remembers the newest thousand letters until it ends; restarting it loses none.

    It takes the calls of a webhook, too, so that it is all of the world that alerts need.
    """

    def __init__(
        self, *, host: str = LOOPBACK, smtp_port: int | None = None, http_port: int | None = None
    ) -> None:
        self.host = host
        self.smtp_port = smtp_port or free_port()
        self.http_port = http_port or free_port()
        self._box = Letterbox()
        self._calls = Calls()
        self._slot = Slot(host, self.smtp_port, self._box)

    @property
    def smtp_url(self) -> str:
        return f"smtp://localhost:{self.smtp_port}?starttls=off"

    @property
    def url(self) -> str:
        return f"http://localhost:{self.http_port}"

    @property
    def webhook_url(self) -> str:
        return f"{self.url}/webhook"

    def letters(self, *, to: str | None = None, after: str | None = None) -> list[Letter]:
        """Newest first; those after one, if it is known."""
        return self._box.letters(to=to, after=after)

    def calls(self, *, after: str | None = None) -> list[Call]:
        """Newest first; those after one, if it is known."""
        return self._calls.calls(after=after)

    def empty(self) -> None:
        self._box.empty()

    def refuse(self) -> None:
        """As a mail server that is away; everything else goes on."""
        self._slot.close()

    def accept(self) -> None:
        self._slot.open()

    def start(self) -> Self:
        self._slot.open()
        self._pages = PageServer((self.host, self.http_port), self._box, self._calls, self._slot)
        Thread(target=self._pages.serve_forever, daemon=True).start()
        return self

    def stop(self) -> None:
        self._slot.close()
        self._pages.shutdown()
        self._pages.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
