"""What goes out with the first statement of a transaction, and what along with its commit."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

# No row where a pooler is in between, which invents the number of the process.
LIMIT_SESSION = """
SELECT set_config('statement_timeout', %(statement_timeout)s, false),
    set_config(
        'idle_in_transaction_session_timeout', %(idle_in_transaction_session_timeout)s, false)
WHERE pg_backend_pid() = %(pid)s
"""


def timeouts(patience: timedelta) -> dict[str, str]:
    """In milliseconds: the server ends a stuck statement, or the transaction of a stuck client."""
    milliseconds = int(patience.total_seconds() * 1000)
    return {
        "statement_timeout": str(milliseconds * 4 // 5),
        "idle_in_transaction_session_timeout": str(milliseconds * 4),
    }


def beginning(isolation_level: str | None, limits: Mapping[str, str]) -> str:
    """With limits for this transaction alone."""
    level = f" ISOLATION LEVEL {isolation_level}" if isolation_level else ""
    local = [f"SET LOCAL {name} = {value};" for name, value in limits.items()]
    return f"BEGIN{level};{''.join(local)}"


class Companions:
    """Statements that wait for the commit of one connection's transaction."""

    def __init__(self) -> None:
        self._waiting: list[tuple[str, dict[str, Any]]] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, sql: str, params: dict[str, Any]) -> None:
        self._waiting.append((sql, params))

    def drop(self, *, after: int = 0) -> None:
        """All but the first `after` ones, as a savepoint found them."""
        del self._waiting[after:]

    def ending_in(
        self, verb: str, word: Callable[[str, dict[str, Any]], str]
    ) -> tuple[str, dict[str, Any]]:
        """All of them, worded, in one statement, and its parameters; nothing waits afterwards."""
        statements, every = [], {}
        for number, (sql, params) in enumerate(self._waiting):
            statements.append(word(sql, params).replace("%(", f"%({number}_"))
            every.update({f"{number}_{name}": value for name, value in params.items()})
        self._waiting.clear()
        return ";".join([*statements, verb]), every
