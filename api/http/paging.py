"""Lists in pages, the newest first: a limit, and a cursor that only Ostiary can read."""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Annotated, Any, Protocol, TypeVar
from uuid import UUID

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from api.http.schemas import Query

CHECK_BYTES = 8


class Item(Protocol):
    @property
    def id(self) -> UUID: ...


T = TypeVar("T", bound=Item)


def _read_cursor(cursor: object) -> UUID:
    """The last id of the page before; whatever was not written below is refused."""
    try:
        raw = urlsafe_b64decode(str(cursor).encode("ascii"))
        last = UUID(bytes=raw[:16])
    except ValueError:
        last = None
    if last is None or cursor_after(last) != cursor:
        raise PydanticCustomError("cursor", "This is not the next_cursor of an answer.")
    return last


Cursor = Annotated[
    UUID,
    BeforeValidator(_read_cursor),
    WithJsonSchema({"type": "string", "description": "`next_cursor` of the page before"}),
]


class Paging(Query):
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: Cursor | None = None


def cursor_after(last: UUID) -> str:
    check = hashlib.sha256(b"ostiary cursor" + last.bytes).digest()[:CHECK_BYTES]
    return urlsafe_b64encode(last.bytes + check).decode()


def page(found: Sequence[T], limit: int) -> dict[str, Any]:
    """`items` and `next_cursor` of up to `limit + 1` rows; the surplus one tells of a next page."""
    items = found[:limit]
    more = len(found) > limit
    return {"items": items, "next_cursor": cursor_after(items[-1].id) if more else None}
