"""A mailbox for development: takes every letter by SMTP and shows it on a page."""

from threading import Thread
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from ostiary.dev.mailbox.letterbox import Letterbox
from ostiary.dev.mailbox.letters import Letter, read_letter
from ostiary.dev.mailbox.pages import PageServer
from ostiary.dev.ports import LOOPBACK, free_port

__all__ = ["Letter", "Mailbox"]


class Mailbox:
    """Remembers the newest thousand letters until it ends; restarting it loses none."""

    def __init__(self, *, smtp_port: int | None = None, http_port: int | None = None) -> None:
        self.smtp_port = smtp_port or free_port()
        self.http_port = http_port or free_port()
        self._box = Letterbox()

    @property
    def smtp_url(self) -> str:
        return f"smtp://localhost:{self.smtp_port}?starttls=off"

    @property
    def url(self) -> str:
        return f"http://localhost:{self.http_port}"

    def letters(self, *, to: str | None = None) -> list[Letter]:
        """Newest first."""
        return self._box.letters(to=to)

    def empty(self) -> None:
        self._box.empty()

    def start(self) -> Self:
        self._smtp = Controller(
            _Reception(self._box), LOOPBACK, self.smtp_port, enable_SMTPUTF8=True
        )
        self._smtp.start()
        self._pages = PageServer(self.http_port, self._box)
        Thread(target=self._pages.serve_forever, daemon=True).start()
        return self

    def stop(self) -> None:
        self._smtp.stop()
        self._pages.shutdown()
        self._pages.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Reception:
    """What aiosmtpd calls; the method's name is the SMTP command's."""

    def __init__(self, box: Letterbox) -> None:
        self._box = box

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        self._box.drop(read_letter(content, envelope.rcpt_tos))
        return "250 It is in the box"
