"""One letter, and how it is written on the wire."""

from binascii import b2a_qp
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import cached_property, lru_cache

from ostiary.courier.letters.addresses import wire_address

_LONGEST_LINE = 998
# Folding at 78 characters would mangle long addresses and Message-IDs, and encode long links.
_POLICY = SMTP.clone(max_line_length=_LONGEST_LINE)

_HEAD = """\
Date: {date}\r
{sender}\
To: {recipient}\r
{subject}\
Message-ID: {message_id}\r
Auto-Submitted: auto-generated\r
X-Auto-Response-Suppress: All\r
MIME-Version: 1.0\r
Content-Type: multipart/alternative; boundary="{boundary}"\r
\r
"""
_PART = """\
--{boundary}\r
Content-Type: text/{subtype}; charset="utf-8"\r
Content-Transfer-Encoding: {encoding}\r
\r
"""


@dataclass(frozen=True)
class Letter:
    """Its frame is written here: `email` would parse every header of it, letter after letter."""

    to: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    message_id: str
    sender: str
    written_at: datetime

    @cached_property
    def recipient(self) -> str:
        """The address of the envelope; raises ValueError for what is no address."""
        return wire_address(self.to)

    @cached_property
    def return_path(self) -> str:
        return wire_address(parseaddr(self.sender)[1])

    @property
    def is_international(self) -> bool:
        """Whether the mail server must know SMTPUTF8 (RFC 6531)."""
        return not (self.recipient + self.return_path).isascii()

    def as_bytes(self) -> bytes:
        boundary = f"={self.message_id.strip('<>').partition('@')[0]}="
        parts = _part(boundary, "plain", self.text) + _part(boundary, "html", self.html)
        return self._head(boundary) + parts + f"--{boundary}--\r\n".encode()

    def _head(self, boundary: str) -> bytes:
        utf8 = self.is_international
        head = _HEAD.format(
            date=format_datetime(self.written_at),
            sender=_sender(parseaddr(self.sender)[0], self.return_path, utf8=utf8),
            recipient=self.recipient,
            subject=_header("Subject", self.subject, utf8=utf8),
            message_id=self.message_id,
            boundary=boundary,
        )
        return head.encode()


def _sender(name: str, address: str, *, utf8: bool) -> str:
    local, _, domain = address.rpartition("@")
    return _header("From", str(Address(name, username=local, domain=domain)), utf8=utf8)


@lru_cache(maxsize=100)
def _header(name: str, value: str, *, utf8: bool) -> str:
    """As `email` encodes or refuses it; there are few of them, and each is in many letters."""
    policy = _POLICY.clone(utf8=utf8)
    written: str = policy.fold(*policy.header_store_parse(name, value))
    return written


def _part(boundary: str, subtype: str, text: str) -> bytes:
    lines = text.encode().splitlines()
    content, encoding = b"\r\n".join([*lines, b""]), "7bit" if text.isascii() else "8bit"
    if max(map(len, lines), default=0) > _LONGEST_LINE:
        content, encoding = b2a_qp(content), "quoted-printable"
    head = _PART.format(boundary=boundary, subtype=subtype, encoding=encoding)
    return head.encode() + content + b"\r\n"
