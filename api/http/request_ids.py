"""One id per request: the caller's own when it is presentable, otherwise a new one."""

import re
from typing import Any

import structlog
from falcon import Request, Response

from ostiary.platform.identifiers import new_request_id

PRESENTABLE = re.compile(r"[A-Za-z0-9._-]{1,128}")


def request_id_of(req: Request) -> str:
    request_id: str | None = getattr(req.context, "request_id", None)
    if request_id is None:
        given = req.env.get("HTTP_X_REQUEST_ID", "")
        request_id = given if PRESENTABLE.fullmatch(given) else new_request_id()
        req.context.request_id = request_id
    return request_id


class RequestIds:
    def process_request(self, req: Request, _resp: Response) -> None:
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id_of(req))

    def process_response(self, req: Request, resp: Response, _resource: Any, _ok: bool) -> None:
        resp.set_header("X-Request-Id", request_id_of(req))
        structlog.contextvars.clear_contextvars()
