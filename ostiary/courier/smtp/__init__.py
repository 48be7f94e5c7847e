"""Letters handed to the mail server, or the reason why not."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
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


# Whether it still listens to us; a letter's own deadline comes after that.
_ANSWERS_AT_ONCE = timedelta(seconds=1)


class _Round(threading.local):
    """What one thread keeps open from letter to letter."""

    is_on = False
    connection: Connection | None = None


@dataclass(frozen=True)
class Smtp:
    """`deadline` bounds connecting and all letters of a connection; in a round, each letter."""

    server: SmtpServer
    deadline: timedelta = timedelta(seconds=20)
    name: str = ""
    _round: _Round = field(default_factory=_Round, init=False, repr=False)

    def connect(self) -> AbstractContextManager[Connection]:
        """Open, encrypted and logged in before the block begins: write the letter inside it."""
        return self._connect_again() if self._round.is_on else self._connect(self.deadline)

    @contextmanager
    def round(self) -> Iterator[None]:
        """In it, a letter goes by the connection that took the one before, if there is one."""
        self._round.is_on = True
        try:
            yield
        finally:
            self._round.is_on = False
            self._drop()

    def probe(self, timeout: timedelta) -> None:
        """Raises what every letter would meet now, up to the log-in."""
        with self._connect(timeout):
            pass

    @contextmanager
    def _connect(self, span: timedelta) -> Iterator[Connection]:
        connection = self._dial(span)
        try:
            connection.open(self.server, lambda: self._tls)
            yield connection
        finally:
            connection.close()

    @contextmanager
    def _connect_again(self) -> Iterator[Connection]:
        """One that anything went wrong with is not used again."""
        connection = self._round.connection
        if connection is None or not connection.is_ready_again(
            within=_ANSWERS_AT_ONCE, deadline=self.deadline
        ):
            self._drop()
            connection = None
        try:
            if connection is None:
                connection = self._round.connection = self._dial(self.deadline)
                connection.open(self.server, lambda: self._tls)
            yield connection
        except BaseException:
            self._drop()
            raise

    def _dial(self, span: timedelta) -> Connection:
        deadline = Deadline(span)
        with lost_as(ServerUnreachable):
            sock = dial(self.server.host, self.server.port, deadline)
        return Connection(Dialogue(sock, deadline, name=self.name))

    def _drop(self) -> None:
        connection, self._round.connection = self._round.connection, None
        if connection is not None:
            connection.close()

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """`auto` protects from listeners only: whoever could forge a certificate could hide TLS."""
        context = ssl.create_default_context()
        if self.server.encryption == "auto":
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context
