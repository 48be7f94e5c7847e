"""What a transaction begins with, and what goes along with its commit in one round trip."""

from datetime import timedelta
from typing import Any


def beginning(patience: timedelta, isolation_level: str | None) -> str:
    """Lets the server end a stuck statement, or the transaction of a stuck client, by itself."""
    level = f" ISOLATION LEVEL {isolation_level}" if isolation_level else ""
    milliseconds = int(patience.total_seconds() * 1000)
    return (
        f"BEGIN{level};"
        f"SET LOCAL statement_timeout = {milliseconds * 4 // 5};"
        f"SET LOCAL idle_in_transaction_session_timeout = {milliseconds * 4}"
    )


class Companions:
    """Statements that wait for the commit of one connection's transaction."""

    def __init__(self) -> None:
        self._waiting: list[tuple[str, tuple[Any, ...]]] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, sql: str, values: tuple[Any, ...]) -> None:
        self._waiting.append((sql, values))

    def drop(self, *, after: int = 0) -> None:
        """All but the first `after` ones, as a savepoint found them."""
        del self._waiting[after:]

    def ending_in(self, verb: str) -> tuple[str, tuple[Any, ...]]:
        """Everything in one statement, and its values; nothing waits afterwards."""
        statements = [sql for sql, _ in self._waiting]
        values = tuple(value for _, values in self._waiting for value in values)
        self._waiting.clear()
        return ";".join([*statements, verb]), values
