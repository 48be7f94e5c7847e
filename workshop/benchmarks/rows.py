"""A plain connection to Postgres, for what Ostiary itself would never do."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812
from psycopg2.extensions import cursor as Cursor  # noqa: N812


class Patient(Connection):
    """For longer than Ostiary ever waits: ten million accounts take minutes."""

    patience = timedelta(hours=1)


@dataclass(frozen=True)
class Rows:
    url: str

    def run(self, sql: str, **facts: Any) -> None:
        with self._cursor() as cursor:
            cursor.execute(sql, facts or None)

    def fetch(self, sql: str, **facts: Any) -> list[tuple[Any, ...]]:
        with self._cursor() as cursor:
            cursor.execute(sql, facts or None)
            return cursor.fetchall()

    @contextmanager
    def _cursor(self) -> Iterator[Cursor]:
        connection = psycopg2.connect(self.url, connection_factory=Patient)
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()
