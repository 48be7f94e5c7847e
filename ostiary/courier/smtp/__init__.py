"""Letters handed to the mail server, or the reason why not."""

import ssl
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from ostiary.courier.smtp.connection import Connection
from ostiary.courier.smtp.dialogue import Deadline, Dialogue, dial
from ostiary.courier.smtp.outcomes import (
    LetterDeferred,
    LetterRefused,
    OutcomeUnknown,
    ServerMisconfigured,
    ServerUnreachable,
    Undelivered,
    lost_as,
)
from ostiary.platform.settings import SmtpServer

__all__ = [
    "Connection",
    "LetterDeferred",
    "LetterRefused",
    "OutcomeUnknown",
    "ServerMisconfigured",
    "ServerUnreachable",
    "Smtp",
    "Undelivered",
]


@dataclass(frozen=True)
class Smtp:
    """`deadline` bounds connecting and all letters of a connection together."""

    server: SmtpServer
    deadline: timedelta = timedelta(seconds=20)
    name: str = ""

    def connect(self) -> AbstractContextManager[Connection]:
        """Open, encrypted and logged in before the block begins: write the letter inside it."""
        return self._connect(self.deadline)

    def probe(self, timeout: timedelta) -> None:
        """Raises what every letter would meet now, up to the log-in."""
        with self._connect(timeout):
            pass

    @contextmanager
    def _connect(self, span: timedelta) -> Iterator[Connection]:
        deadline = Deadline(span)
        with lost_as(ServerUnreachable):
            sock = dial(self.server.host, self.server.port, deadline)
        connection = Connection(Dialogue(sock, deadline, name=self.name))
        try:
            connection.open(self.server, self._tls)
            yield connection
        finally:
            connection.close()

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """`auto` protects from listeners only: whoever could forge a certificate could hide TLS."""
        context = ssl.create_default_context()
        if self.server.encryption == "auto":
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context
