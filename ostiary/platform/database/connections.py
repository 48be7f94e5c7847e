"""A psycopg2 connection on which every wait ends, and whose failures are `Unavailable`."""

import os
import select
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg2
from psycopg2 import extensions

from ostiary.errors import Unavailable
from ostiary.platform.database.failures import (
    OutOfPatience,
    means_unavailable,
    spoils_connection,
)
from ostiary.platform.database.plans import Plans
from ostiary.platform.database.transactions import LIMIT_SESSION, Companions, beginning, timeouts

_EVENTS = {extensions.POLL_READ: select.POLLIN, extensions.POLL_WRITE: select.POLLOUT}
_SPOILT = extensions.TRANSACTION_STATUS_INERROR
_IDLE = extensions.TRANSACTION_STATUS_IDLE
_STRANGERS_PATIENCE = timedelta(minutes=1)


class Cursor(extensions.cursor):
    connection: "Connection"

    def execute(self, query: Any, vars: Any = None) -> None:
        """Raise `Unavailable` for what psycopg2 tells in many ways."""
        opening, worked = self.connection.opening, False
        try:
            super().execute(opening + query if opening else query, vars)
            self.connection.opening, worked = "", True
        except psycopg2.Error as error:
            if self.connection.has_begun:
                self.connection.opening = ""
            if not (self.connection.closed or means_unavailable(error)):
                raise
            self.connection.failed(error)
            raise Unavailable("Postgres is unavailable.") from error
        finally:
            self.connection.plans.settle(worked=worked)


class Connection(extensions.connection):
    """Belongs to the process that opened it; a wait longer than `patience` closes it.

    `opening` goes out in front of the next statement, and `companions` along with the commit.
    `is_direct` says that the server's session is ours alone, and remembers what it was told.
    """

    def __init__(self, dsn: str, *, patience: timedelta) -> None:
        self.patience = patience
        self.trips = 0
        self.opening = ""
        self.companions = Companions()
        self.plans = Plans()
        self.is_direct = False
        self.on_timeout: Callable[[], object] | None = None
        super().__init__(dsn)
        self.autocommit = True
        self._owner = os.getpid()
        self._socket = select.poll()
        self._socket.register(self.fileno(), select.POLLIN)

    @property
    def is_stale(self) -> bool:
        """Costs no round trip: an idle server that has something to say says goodbye."""
        return bool(self.closed or self._owner != os.getpid() or self._socket.poll(0))

    def settle(self) -> None:
        """Finds out whose session it is, and limits one of ours. Raises psycopg2's errors."""
        limits = timeouts(self.patience)
        with self.cursor(cursor_factory=extensions.cursor) as cursor:
            cursor.execute(LIMIT_SESSION, {**limits, "pid": self.info.backend_pid})
            self.is_direct = cursor.rowcount == 1

    def begin(self, isolation_level: str | None) -> None:
        self.opening = beginning(isolation_level, {} if self.is_direct else timeouts(self.patience))
        self.companions.drop()

    def word(self, sql: str, params: dict[str, Any]) -> str:
        """How a statement with these parameters is best sent."""
        return self.plans.word(sql, params) if self.is_direct else sql

    def statement(self) -> Cursor:
        return self.cursor()  # type: ignore[return-value]

    def close(self) -> None:
        """In a forked process, leave the parent's conversation alone."""
        if self._owner == os.getpid():
            super().close()

    @property
    def is_spoilt(self) -> bool:
        """Whether the open transaction had an error, after which Postgres would not commit it."""
        return self.get_transaction_status() == _SPOILT

    @property
    def has_begun(self) -> bool:
        """Whether Postgres has heard of the transaction, be it in error."""
        return self.get_transaction_status() != _IDLE

    def failed(self, error: psycopg2.Error) -> None:
        if spoils_connection(error):
            self.close()
        if isinstance(error, OutOfPatience) and self.on_timeout:
            self.on_timeout()


def _wait(connection: extensions.connection) -> None:
    """Psycopg2 calls this for every wait and closes the connection when it raises."""
    patience: timedelta = getattr(connection, "patience", _STRANGERS_PATIENCE)
    deadline = time.monotonic() + patience.total_seconds()
    while (state := connection.poll()) != extensions.POLL_OK:
        waiter = select.poll()
        waiter.register(connection.fileno(), _EVENTS[state])
        if not waiter.poll(max(0.0, deadline - time.monotonic()) * 1000):
            raise OutOfPatience("Postgres did not answer in time.")


extensions.set_wait_callback(_wait)
