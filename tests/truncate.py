"""Empties a database between two tests, over one connection: a new one costs more than that."""

from dataclasses import dataclass, field

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812

EMPTY_EVERY_TABLE = """
DO $$ DECLARE name regclass; used boolean; BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace
        AND relkind IN ('r', 'p') AND NOT relispartition AND relname NOT LIKE '%migration%'
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', name) INTO used;
        IF used THEN EXECUTE format('DELETE FROM %s', name); END IF;
    END LOOP;
END $$
"""


@dataclass
class Emptying:
    url: str
    _connection: Connection | None = field(default=None, init=False)

    def __call__(self) -> None:
        """A connection that a test has broken is replaced."""
        try:
            self._run(self._connection or self._connect())
        except psycopg2.Error:
            if self._connection and not self._connection.closed:
                raise
            self._run(self._connect())

    def close(self) -> None:
        if self._connection:
            self._connection.close()

    def _connect(self) -> Connection:
        self._connection = psycopg2.connect(self.url, options="-c lock_timeout=5s")
        self._connection.autocommit = True
        return self._connection

    def _run(self, connection: Connection) -> None:
        with connection.cursor() as cursor:
            cursor.execute(EMPTY_EVERY_TABLE)
