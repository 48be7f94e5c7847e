"""What a plain SQL statement returns: named tuples, with Postgres' types as Python's own."""

from collections import namedtuple
from collections.abc import Iterable
from functools import lru_cache, partial
from typing import Any, TypeAlias

import orjson
from psycopg2 import BINARY, extensions, extras

# A named tuple whose fields only the statement knows.
Row: TypeAlias = Any

_BYTEA = 17


def row_type(columns: Iterable[extensions.Column] | None) -> Row:
    """The named tuple for a cursor's `description`."""
    return _named_tuple(tuple([column.name for column in columns or ()]))


@lru_cache(maxsize=1024)
def _named_tuple(names: tuple[str, ...]) -> Row:
    return namedtuple("Row", names, rename=True)


def _read_bytes(value: str | bytes | None, cursor: extensions.cursor) -> bytes | None:
    return None if value is None else bytes(BINARY(value, cursor))


def _write_json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


extensions.register_type(extensions.new_type((_BYTEA,), "BYTES", _read_bytes))
extensions.register_adapter(dict, partial(extras.Json, dumps=_write_json))
extras.register_uuid()  # type: ignore[no-untyped-call]
