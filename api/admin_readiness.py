"""`/v1/admin/readiness`: what `/ready` would have said before."""

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from falcon import Request, Response
from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from api.http.operation import operation
from api.http.paging import Paging, page
from api.http.schemas import Answer, Moment, answer
from ostiary.errors import Unavailable
from ostiary.watch.records import Records

RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9:]{8}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


class Record(Answer):
    checked_at: Moment
    status: Literal["ready", "degraded", "unavailable"]
    checks: Annotated[
        dict[str, Literal["up", "down", "stale"]],
        Field(examples=[{"postgres": "up", "redis": "down"}]),
    ]


class RecordPage(Answer):
    items: list[Record]
    next_cursor: str | None


def _as_written(text: object) -> object:
    if not RFC_3339.fullmatch(str(text)):
        raise PydanticCustomError("rfc3339", "This must be a time such as 2026-03-01T12:00:00Z.")
    return text


class Period(Paging):
    since: Annotated[Moment, BeforeValidator(_as_written)] | None = None


@dataclass(frozen=True)
class AdminReadinessResource:
    records: Records

    @operation(
        "List what was up and what was down",
        query=Period,
        answers={200: RecordPage},
        refuses=(Unavailable,),
        role="admin",
    )
    def on_get(self, req: Request, resp: Response, query: Period) -> None:
        """The newest first; `since` bounds `checked_at`, and a `+` in it is written `%2B`."""
        found = self.records.newest(since=query.since, before=query.cursor, limit=query.limit + 1)
        answer(resp, 200, RecordPage.model_validate(page(found, query.limit)))
