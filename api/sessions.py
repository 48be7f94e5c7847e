"""`/v1/auth/sessions`: where the caller is logged in."""

from dataclasses import dataclass
from uuid import UUID

from falcon import Request, Response

from api.http.operation import operation
from api.http.schemas import Answer, Moment, answer
from ostiary.errors import NotFound, Unavailable
from ostiary.sessions.sessions import Sessions


class Session(Answer):
    id: UUID
    created_at: Moment
    last_seen_at: Moment
    ip: str
    user_agent: str
    current: bool


class SessionList(Answer):
    items: list[Session]


@dataclass(frozen=True)
class SessionsResource:
    sessions: Sessions

    @operation("List sessions", answers={200: SessionList}, refuses=(Unavailable,), bearer=True)
    def on_get(self, req: Request, resp: Response) -> None:
        caller = req.context.caller
        items = [
            Session(**seen._asdict(), current=seen.id == caller.session_id)
            for seen in self.sessions.of(caller.account_id)
        ]
        answer(resp, 200, SessionList(items=items))

    @operation("End all other sessions", answers={204: None}, refuses=(Unavailable,), bearer=True)
    def on_delete(self, req: Request, resp: Response) -> None:
        self.sessions.end_others(req.context.caller)
        answer(resp, 204)


@dataclass(frozen=True)
class SessionResource:
    sessions: Sessions

    @operation("End a session", answers={204: None}, refuses=(NotFound, Unavailable), bearer=True)
    def on_delete(self, req: Request, resp: Response, session_id: UUID) -> None:
        """The current one: logout. Somebody else's is not found."""
        self.sessions.end(session_id, account_id=req.context.caller.account_id)
        answer(resp, 204)
