"""A psycopg2 connection on which every wait ends, and whose failures are `Unavailable`."""

import os
import select
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from threading import Thread
from typing import Any

import psycopg2
from psycopg2 import extensions

from ostiary.errors import Unavailable
from ostiary.platform.database.failures import (
    OutOfPatience,
    means_unavailable,
    spoils_connection,
)
from ostiary.platform.database.transactions import Companions

_EVENTS = {extensions.POLL_READ: select.POLLIN, extensions.POLL_WRITE: select.POLLOUT}
_SPOILT = extensions.TRANSACTION_STATUS_INERROR
_STRANGERS_PATIENCE = timedelta(minutes=1)


class Cursor(extensions.cursor):
    connection: "Connection"

    def execute(self, query: Any, vars: Any = None) -> None:
        """Raise `Unavailable` for what psycopg2 tells in many ways."""
        try:
            super().execute(query, vars)
        except psycopg2.Error as error:
            if not (self.connection.closed or means_unavailable(error)):
                raise
            self.connection.failed(error)
            raise Unavailable("Postgres is unavailable.") from error


class Connection(extensions.connection):
    """Belongs to the process that opened it; a wait longer than `patience` closes it."""

    def __init__(self, dsn: str, *, patience: timedelta) -> None:
        self.patience = patience
        self.trips = 0
        self.companions = Companions()
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

    def failed(self, error: psycopg2.Error) -> None:
        if spoils_connection(error):
            self.close()
        if isinstance(error, OutOfPatience) and self.on_timeout:
            self.on_timeout()


def connect(dsn: str, *, patience: timedelta) -> Connection:
    """Raise psycopg2's errors, at the latest after `patience`, slow name servers included."""
    attempt: Future[Connection] = Future()
    Thread(target=_connect, args=(attempt, dsn, patience), daemon=True).start()
    try:
        return attempt.result(patience.total_seconds())
    except TimeoutError:
        raise OutOfPatience("Postgres did not accept a connection in time.") from None


def _connect(attempt: Future[Connection], dsn: str, patience: timedelta) -> None:
    try:
        attempt.set_result(
            psycopg2.connect(
                dsn,
                connection_factory=lambda dsn, **_: Connection(dsn, patience=patience),
                cursor_factory=Cursor,
                client_encoding="UTF8",
                fallback_application_name="ostiary",
                keepalives_idle=30,
                keepalives_interval=10,
                keepalives_count=3,
            )
        )
    except Exception as error:  # noqa: BLE001
        attempt.set_exception(error)


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
