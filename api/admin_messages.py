"""`/v1/admin/messages`: which letters wait, went out or were given up."""

from dataclasses import dataclass
from uuid import UUID

from falcon import Request, Response

from api.http.operation import operation
from api.http.paging import Paging, page
from api.http.schemas import Answer, Moment, answer
from ostiary.accounts.correspondence import Correspondence, Status
from ostiary.courier.messages import Messages
from ostiary.errors import MessageAlreadySent, NotFound, Unavailable


class Message(Answer):
    id: UUID
    kind: str
    to: str | None
    status: Status
    attempts: int
    last_error: str | None
    due_at: Moment
    sent_at: Moment | None


class MessagePage(Answer):
    items: list[Message]
    next_cursor: str | None


class Filter(Paging):
    status: Status | None = None


@dataclass(frozen=True)
class AdminMessagesResource:
    correspondence: Correspondence

    @operation(
        "List messages",
        query=Filter,
        answers={200: MessagePage},
        refuses=(Unavailable,),
        role="admin",
    )
    def on_get(self, req: Request, resp: Response, query: Filter) -> None:
        """The newest first; `to` is null once nobody has the address any more."""
        found = self.correspondence.newest(
            status=query.status, before=query.cursor, limit=query.limit + 1
        )
        answer(resp, 200, MessagePage.model_validate(page(found, query.limit)))


@dataclass(frozen=True)
class MessageRetryResource:
    correspondence: Correspondence
    messages: Messages

    @operation(
        "Retry a message",
        answers={200: Message},
        refuses=(NotFound, MessageAlreadySent, Unavailable),
        role="admin",
    )
    def on_post(self, req: Request, resp: Response, message_id: UUID) -> None:
        """Due at once; one that was given up gets as much time again as it had at first."""
        self.messages.retry(message_id)
        answer(resp, 200, Message.model_validate(self.correspondence.get(message_id)))


@dataclass(frozen=True)
class MessageCancellationResource:
    correspondence: Correspondence
    messages: Messages

    @operation(
        "Cancel a message",
        answers={200: Message},
        refuses=(NotFound, MessageAlreadySent, Unavailable),
        role="admin",
    )
    def on_post(self, req: Request, resp: Response, message_id: UUID) -> None:
        """Not tried any more; one that is being sent may arrive, and is `sent` then."""
        self.messages.cancel(message_id)
        answer(resp, 200, Message.model_validate(self.correspondence.get(message_id)))
