"""`GET /health`: this process answers."""

from typing import Literal

from falcon import Request, Response

from api.http.operation import operation
from api.http.schemas import Answer, answer


class Health(Answer):
    status: Literal["ok"] = "ok"


class HealthResource:
    @operation("Tell that the process answers", answers={200: Health})
    def on_get(self, _req: Request, resp: Response) -> None:
        """Touches no dependency."""
        answer(resp, 200, Health())
