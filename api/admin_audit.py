"""`GET /v1/admin/audit`: what happened, who did it, and from where."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from falcon import Request, Response
from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from api.http.operation import operation
from api.http.paging import Paging, page
from api.http.schemas import Answer, Moment, answer
from ostiary import events
from ostiary.audit.history import History
from ostiary.errors import Unavailable

EVENTS = events.audited()


def _known(event: str | None) -> str | None:
    if event is not None and event not in EVENTS:
        raise PydanticCustomError("event", "There is no such event.")
    return event


class Entry(Answer):
    id: UUID
    at: Moment
    event: str
    account_id: UUID | None
    actor_id: UUID | None
    ip: str | None
    request_id: str | None
    detail: dict[str, str | int | bool | list[str] | None]


class EntryPage(Answer):
    items: list[Entry]
    next_cursor: str | None


class Filter(Paging):
    account_id: UUID | None = None
    event: Annotated[
        str | None,
        AfterValidator(_known),
        WithJsonSchema({"type": "string", "enum": EVENTS}),
    ] = None


@dataclass(frozen=True)
class AdminAuditResource:
    history: History

    @operation(
        "List what happened",
        query=Filter,
        answers={200: EntryPage},
        refuses=(Unavailable,),
        role="admin",
    )
    def on_get(self, req: Request, resp: Response, query: Filter) -> None:
        """The newest first; `actor_id` is null where no account acted."""
        found = self.history.newest(
            account_id=query.account_id,
            event=query.event,
            before=query.cursor,
            limit=query.limit + 1,
        )
        answer(resp, 200, EntryPage.model_validate(page(found, query.limit)))
