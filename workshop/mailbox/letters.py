"""A letter as it arrived: who it is for, what it says and where its links lead."""

import re
from dataclasses import asdict, dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from html import unescape
from typing import Any

from ostiary.platform.clock import system_clock
from ostiary.platform.identifiers import new_id

WRITTEN_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
ANCHORED_LINK = re.compile(r"<a\b[^>]*?\bhref\s*=\s*[\"'](https?://[^\"']+)[\"']", re.IGNORECASE)


@dataclass(frozen=True)
class Letter:
    recipients: tuple[str, ...]
    sender: str
    subject: str
    message_id: str
    text: str
    html: str
    links: tuple[str, ...]
    id: str = field(default_factory=lambda: str(new_id()))
    received_at: datetime = field(default_factory=system_clock)

    @property
    def to(self) -> str:
        return ", ".join(self.recipients)

    def is_for(self, address: str) -> bool:
        return address.casefold() in (each.casefold() for each in self.recipients)

    def as_json(self) -> dict[str, Any]:
        facts = asdict(self) | {"to": self.to, "received_at": self.received_at.isoformat()}
        del facts["recipients"]
        return facts


def read_letter(content: bytes, recipients: list[str]) -> Letter:
    """Never raises: whatever cannot be read is shown as well as it can be."""
    message = message_from_bytes(content, policy=policy.default)
    text, html = _body(message, "plain"), _body(message, "html")
    return Letter(
        recipients=tuple(recipients),
        sender=_header(message, "From"),
        subject=_header(message, "Subject"),
        message_id=_header(message, "Message-ID"),
        text=text,
        html=html,
        links=_links(text, html),
    )


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name, "")).strip()
    except (ValueError, IndexError, AttributeError):
        return ""


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return "" if part is None else _content(part).replace("\r\n", "\n").strip()


def _content(part: MIMEPart) -> str:
    try:
        return str(part.get_content())
    except (LookupError, ValueError):
        raw = part.get_payload(decode=True)
        return raw.decode(errors="replace") if isinstance(raw, bytes) else ""


def _links(text: str, html: str) -> tuple[str, ...]:
    """In the order of reading, each once; the text's first."""
    anchored = (unescape(link) for link in ANCHORED_LINK.findall(html))
    return tuple(dict.fromkeys([*WRITTEN_LINK.findall(text), *anchored]))
