"""One Postgres connection per thread, behind a breaker, with peewee on top."""

from contextlib import nullcontext
from datetime import timedelta
from functools import partial
from typing import Any

import peewee
import psycopg2
import structlog

from ostiary.errors import Unavailable
from ostiary.platform.breaker import Breaker
from ostiary.platform.database.connecting import connect, probe
from ostiary.platform.database.connections import Connection, Cursor
from ostiary.platform.database.failures import was_answered
from ostiary.platform.database.rows import Row, row_type
from ostiary.platform.database.savepoints import Savepoint

log = structlog.get_logger()

# Three seconds are promised to whoever asks; a password is hashed in the third of them, which on a
# busy machine takes most of one.
PATIENCE = timedelta(seconds=2)

_AS_PEEWEES_OWN = peewee.ExceptionWrapper(peewee.EXCEPTIONS)  # type: ignore[attr-defined]


class Database(peewee.PostgresqlDatabase):
    """Every wait ends within `patience`, and whatever keeps Postgres away is `Unavailable`."""

    _state: peewee._ConnectionState

    def __init__(self, url: str, *, patience: timedelta = PATIENCE) -> None:
        super().__init__(url)
        self.patience = patience
        self.breaker = Breaker(
            partial(probe, url, patience=min(patience, PATIENCE)), name="postgres"
        )
        # What peewee guards with a lock belongs to the calling thread alone.
        self._lock = nullcontext()

    def fetch_one(self, sql: str, **params: Any) -> Row | None:
        """The first row; parameters are written `%(name)s`, and beside them a percent sign `%%`."""
        cursor = self._execute(sql, params)
        row = cursor.fetchone()
        return None if row is None else row_type(cursor.description)._make(row)

    def fetch_all(self, sql: str, **params: Any) -> list[Row]:
        cursor = self._execute(sql, params)
        return [*map(row_type(cursor.description)._make, cursor.fetchall())]

    def run(self, sql: str, **params: Any) -> int:
        """The number of rows touched."""
        return self._execute(sql, params).rowcount

    def run_with_commit(self, sql: str, **params: Any) -> None:
        """In the commit's own round trip, or at once where there is no transaction.

        For what nothing in its own transaction reads, nor has to know whether it worked.
        """
        if self.in_transaction():
            self._live_connection().companions.add(sql, params)
        else:
            self._execute(sql, params)

    def cursor(self, named_cursor: object = None) -> Cursor:
        """All statements come through here; the first of a transaction finds a live connection."""
        if not self.in_transaction():
            self._refresh()
        return self._live_connection().statement()

    def begin(self, isolation_level: str | None = None) -> None:
        """In the round trip of the first statement."""
        self._refresh()
        self._live_connection().begin(isolation_level)

    def commit(self) -> None:
        """Refuse what Postgres would turn into a silent rollback."""
        connection = self._live_connection()
        if connection.is_spoilt:
            raise peewee.InternalError("A statement of this transaction failed.")
        self._end(*connection.companions.ending_in("COMMIT", connection.word))

    def rollback(self) -> None:
        """Never raise: a lost connection has rolled back, and one that cannot is dropped."""
        connection: Connection | None = self._state.conn
        if connection is None or connection.closed:
            return
        try:
            self._end("ROLLBACK")
        except Unavailable:
            connection.close()

    def savepoint(self) -> Savepoint:
        return Savepoint(self)

    def _execute(self, sql: str, params: dict[str, Any]) -> Cursor:
        with _AS_PEEWEES_OWN:
            cursor = self.cursor()
            cursor.execute(cursor.connection.word(sql, params), params or None)
        return cursor

    def _end(self, sql: str, params: dict[str, Any] | None = None) -> None:
        """On the connection that began the transaction, and on no other."""
        with _AS_PEEWEES_OWN:
            self._live_connection().statement().execute(sql, params or None)

    def _refresh(self) -> None:
        self.breaker.check()
        connection: Connection | None = self._state.conn
        if connection is None or connection.is_stale or connection.trips != self.breaker.trips:
            self.close()
            self.connect()

    def _live_connection(self) -> Connection:
        connection: Connection | None = self._state.conn
        if connection is None or connection.closed:
            raise Unavailable("The connection was lost during a transaction.")
        return connection

    def _connect(self) -> Connection:
        trips = self.breaker.trips
        try:
            connection = connect(
                self.database, opening=min(self.patience, PATIENCE), patience=self.patience
            )
        except psycopg2.Error as error:
            if not was_answered(error):
                self.breaker.trip(seen=trips)
            raise Unavailable("Postgres cannot be reached.") from error
        connection.trips = trips
        connection.on_timeout = partial(self.breaker.trip, seen=trips)
        return connection

    def _run_commit_callbacks(self) -> None:
        """The transaction is done, so a callback that fails is reported and changes nothing."""
        callbacks = self._state.commit_callbacks
        todo, callbacks[:] = [*callbacks], []
        for callback in todo:
            try:
                callback()
            except Exception:
                log.exception("after_commit_failed")


def open_database(url: str, *, patience: timedelta = PATIENCE) -> Database:
    """Connects at the first statement of each thread; to be opened after a fork, not before."""
    return Database(url, patience=patience)
