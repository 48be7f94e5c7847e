"""What commands print: a table to read, or one JSON document to process."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import click
import orjson

FORMAT = orjson.OPT_INDENT_2 | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS

json_option: Callable[[Any], Any] = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document."
)


def print_json(document: object) -> None:
    click.echo(orjson.dumps(document, default=_plain, option=FORMAT))


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, indent: int = 0) -> None:
    table = [headings, *rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(" " * indent + "  ".join(cells).rstrip())


def stamp(moment: datetime) -> str:
    """In UTC, as in the logs: `2026-03-01 12:00:00Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _plain(value: object) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case timedelta():
            return value.total_seconds()
        case tuple():
            return value._asdict() if hasattr(value, "_asdict") else list(value)
    raise TypeError
