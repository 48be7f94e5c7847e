"""A mail server that takes what it is sent, counts it, and fails on demand."""

from asyncio import Transport
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from workshop.harness.ports import LOOPBACK, free_port

ACCEPTED = "250 ok"
DROP = "drop the connection"


@dataclass
class Sink:
    """Change `recipient` and `letter`, the replies to RCPT and the final dot, at any time.

    A letter answered with DROP is counted as delivered, as a server may that loses the line.
    """

    port: int = field(default_factory=free_port)
    recipient: str = ACCEPTED
    letter: str = ACCEPTED
    deliveries: Counter[str] = field(default_factory=Counter)

    @property
    def url(self) -> str:
        return f"smtp://{LOOPBACK}:{self.port}?starttls=off"

    @property
    def duplicates(self) -> list[str]:
        return [message_id for message_id, count in self.deliveries.items() if count > 1]

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.recipient == ACCEPTED:
            envelope.rcpt_tos.append(address)
        return self.recipient

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.letter in (ACCEPTED, DROP):
            message = message_from_bytes(envelope.original_content or b"")
            self.deliveries[str(message["Message-ID"])] += 1
        if self.letter == DROP and isinstance(server.transport, Transport):
            server.transport.abort()
        return self.letter


@contextmanager
def listening(sink: Sink) -> Iterator[Sink]:
    """While it is not, connections are refused; enter again to come back on the same port."""
    controller = Controller(sink, LOOPBACK, sink.port)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()
