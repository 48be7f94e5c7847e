"""`POST /v1/auth/logout`."""

from dataclasses import dataclass

from falcon import Request, Response

from api.http.operation import operation
from api.http.schemas import answer
from ostiary.errors import Unavailable
from ostiary.sessions.sessions import Sessions


@dataclass(frozen=True)
class LogoutResource:
    sessions: Sessions

    @operation("Log out", answers={204: None}, refuses=(Unavailable,), bearer=True)
    def on_post(self, req: Request, resp: Response) -> None:
        """Ends the session and its refresh tokens."""
        self.sessions.end_own(req.context.caller)
        answer(resp, 204)
