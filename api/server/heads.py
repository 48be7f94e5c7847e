"""Heads of the ordinary form, which nearly all requests have, read at one glance."""

import re
from functools import lru_cache
from typing import NamedTuple

from api.http.bodies import MAX_BYTES

# Shorter, and of fewer fields, than gunicorn's limits for a line, a field and their number.
LONGEST = 4000

# Printable ASCII, of which a path of ours needs neither escapes nor an empty first segment.
_match = re.compile(
    r"(GET|HEAD|POST|PATCH|DELETE|OPTIONS) "
    r"((/(?!/)[!\"$&->@-~]*+)(?:\?([!\"$-~]*+))?) HTTP/1\.1\r\n"
    r"((?:[A-Za-z0-9-]++:[ -~]*+\r\n){0,50}+)\r\n"
).fullmatch
_split = re.compile(r"([^:]+):(.*)\r\n").findall
_is_length = re.compile(r"[0-9]{1,5}").fullmatch

# What they mean for the connection is for gunicorn to judge.
_INTRICATE = {"HTTP_TRANSFER_ENCODING", "HTTP_EXPECT"}


class Head(NamedTuple):
    """`fields` are named as in WSGI's environment."""

    method: str
    target: str
    path: str
    query: str
    fields: dict[str, str]
    body_length: int
    version: tuple[int, int] = (1, 1)

    def should_close(self) -> bool:
        return asks_to_close(self.fields.get("HTTP_CONNECTION", ""))


def find_head(data: bytes) -> Head | None:
    """None for any other form, which gunicorn's parser reads, or refuses.

    Whatever is read here, gunicorn's parser reads in the same way.
    """
    found = _match(data.decode("latin-1")) if len(data) <= LONGEST else None
    if found is None:
        return None
    method, target, path, query, lines = found.groups(default="")
    given = _split(lines)
    fields = {_named(name): value.strip(" ") for name, value in given}
    if len(fields) < len(given) or not _INTRICATE.isdisjoint(fields):
        return None
    length = fields.get("CONTENT_LENGTH", "0")
    if not _is_length(length) or int(length) > MAX_BYTES:
        return None
    return Head(method, target, path, query, fields, int(length))


def asks_to_close(options: str) -> bool:
    """One of several options, as the field has them (RFC 9110, 7.6.1)."""
    return "close" in (each.strip(" \t") for each in options.lower().split(","))


@lru_cache(maxsize=256)
def _named(field: str) -> str:
    name = field.upper().replace("-", "_")
    return name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"
