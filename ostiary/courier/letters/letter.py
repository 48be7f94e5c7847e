"""One letter, and how it is written on the wire."""

from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr

from ostiary.courier.letters.addresses import wire_address

# Folding at 78 characters would mangle long addresses and Message-IDs, and encode long links.
_POLICY = SMTP.clone(max_line_length=998)


@dataclass(frozen=True)
class Letter:
    to: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    message_id: str
    sender: str
    written_at: datetime

    @property
    def recipient(self) -> str:
        """The address of the envelope; raises ValueError for what is no address."""
        return wire_address(self.to)

    @property
    def return_path(self) -> str:
        return wire_address(parseaddr(self.sender)[1])

    @property
    def is_international(self) -> bool:
        """Whether the mail server must know SMTPUTF8 (RFC 6531)."""
        return not (self.recipient + self.return_path).isascii()

    def as_bytes(self) -> bytes:
        message = EmailMessage(policy=_POLICY.clone(utf8=self.is_international))
        message["Date"] = self.written_at
        message["From"] = _mailbox(self.return_path, name=parseaddr(self.sender)[0])
        message["To"] = _mailbox(self.recipient)
        message["Subject"] = self.subject
        message["Message-ID"] = self.message_id
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message.set_content(self.text)
        message.add_alternative(self.html, subtype="html")
        return message.as_bytes()


def _mailbox(address: str, *, name: str = "") -> Address:
    local, _, domain = address.rpartition("@")
    return Address(name, username=local, domain=domain)
