"""Statements that Postgres has prepared for one connection, so as not to plan them each time."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

# Some 20 kB each in the server; what comes later is planned each time.
MOST = 200

# What psycopg2 would cast; the type of anything else is for Postgres to infer, as from a literal.
_TYPES = {
    UUID: "uuid",
    datetime: "timestamptz",
    timedelta: "interval",
    bool: "boolean",
    int: "bigint",
    bytes: "bytea",
}
_PARAMETER = re.compile(r"%\((\w+)\)s")
_PREPARABLE = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH|VALUES)\b")
_TARGET = re.compile(r"\b(?:FROM|INTO|UPDATE)\s+(\w+)")


class Plans:
    """A statement is prepared in the round trip of its first use, and executed from then on.

    One that is given values of other types is another statement. `PREPARE` outlives a rollback, but
    after an error nobody knows how far the server came: what was new then is never prepared again.
    """

    def __init__(self) -> None:
        self._words: dict[tuple[Any, ...], str] = {}
        self._new: dict[tuple[Any, ...], str] = {}
        self._numbers = count(1)

    def word(self, sql: str, params: Mapping[str, Any]) -> str:
        """What to send instead, with the same parameters."""
        key = (sql, *map(type, params.values()))
        return self._words.get(key) or self._new.get(key) or self._prepare(key, sql, params)

    def settle(self, *, worked: bool) -> None:
        """To be told what came of whatever was sent."""
        if self._new:
            self._words.update(self._new if worked else {key: key[0] for key in self._new})
            self._new.clear()

    def _prepare(self, key: tuple[Any, ...], sql: str, params: Mapping[str, Any]) -> str:
        if len(self._words) >= MOST:
            return sql
        pieces = [piece for piece in sql.split(";") if piece.strip()]
        if not all(map(_PREPARABLE.match, pieces)):
            self._words[key] = sql
            return sql
        prepared, executed = zip(*[self._split(piece, params) for piece in pieces], strict=True)
        self._new[key] = ";".join(executed)
        # A line of its own, for a piece may end with a comment.
        return "\n;".join([*prepared, *executed])

    def _split(self, piece: str, params: Mapping[str, Any]) -> tuple[str, str]:
        """How it is prepared, and how executed."""
        name, given = self._name(piece), [*dict.fromkeys(_PARAMETER.findall(piece))]
        text = _PARAMETER.sub(lambda found: f"${given.index(found[1]) + 1}", piece)
        types = ", ".join(_TYPES.get(type(params[each]), "unknown") for each in given)
        values = ", ".join(f"%({each})s" for each in given)
        if not given:
            return f"PREPARE {name} AS {text}", f"EXECUTE {name}"
        return f"PREPARE {name} ({types}) AS {text}", f"EXECUTE {name} ({values})"

    def _name(self, piece: str) -> str:
        """For whoever reads Postgres' log, or what its connections are at."""
        verb, target = piece.split(maxsplit=1)[0].lower(), _TARGET.search(piece)
        return f"{verb}_{target[1] if target else 'value'}_{next(self._numbers)}"
