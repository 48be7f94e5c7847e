"""Every refusal as a status, and as the problem document a client reads (RFC 9457)."""

import math
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import orjson
import structlog
from falcon import App, HTTPError, Request, Response

from api.http import refusals
from api.http.operation import Operation, operation_of
from api.http.request_ids import request_id_of
from api.pages import render_page
from ostiary import errors

STATUSES: dict[type[errors.Refusal], int] = {
    errors.Refusal: 400,
    errors.Unauthenticated: 401,
    errors.InvalidCredentials: 401,
    errors.RefreshTokenInvalid: 401,
    errors.RefreshTokenExpired: 401,
    errors.RefreshTokenReused: 401,
    errors.WrongPassword: 403,
    errors.EmailNotVerified: 403,
    errors.AccountDisabled: 403,
    errors.OwnAccount: 403,
    errors.LastAdministrator: 403,
    errors.MetricsForbidden: 403,
    refusals.Forbidden: 403,
    refusals.CrossSite: 403,
    errors.NotFound: 404,
    refusals.MethodNotAllowed: 405,
    errors.EmailTaken: 409,
    errors.MessageAlreadySent: 409,
    refusals.LengthRequired: 411,
    refusals.BodyTooLarge: 413,
    refusals.UnsupportedMediaType: 415,
    refusals.ValidationFailed: 422,
    errors.Unacceptable: 422,
    errors.TryLater: 429,
    errors.Unavailable: 503,
    errors.Overloaded: 503,
    refusals.InternalError: 500,
}
FROM_FALCON: dict[int, type[errors.Refusal]] = {
    404: errors.NotFound,
    405: refusals.MethodNotAllowed,
    411: refusals.LengthRequired,
    413: refusals.BodyTooLarge,
    415: refusals.UnsupportedMediaType,
}
# A method that it takes for a mistake of the server, whatever the path.
FALCONS_OWN = "WEBSOCKET"
PROBLEM = "application/problem+json"

log = structlog.get_logger()


def status_of(refusal: type[errors.Refusal]) -> int:
    return next(STATUSES[kind] for kind in refusal.__mro__ if kind in STATUSES)


@dataclass(frozen=True)
class Problems:
    """Answers every exception that leaves a route."""

    public_url: str

    def handle(self, app: App[Any, Any]) -> None:
        app.add_error_handler(Exception, self._fail)
        app.add_error_handler(HTTPError, self._translate)
        app.add_error_handler(errors.Refusal, self._refuse)

    def _fail(self, req: Request, resp: Response, error: Exception, _: dict[str, Any]) -> None:
        log.error("request_failed", exc_info=error)
        self._answer(req, resp, refusals.InternalError())

    def _translate(self, req: Request, resp: Response, error: HTTPError, _: dict[str, Any]) -> None:
        refusal = FROM_FALCON.get(error.status_code, refusals.MalformedJson)
        if error.status_code == 400 and req.method == FALCONS_OWN:
            refusal = refusals.MethodNotAllowed
        resp.set_headers(error.headers or {})
        self._answer(req, resp, refusal())

    def _refuse(
        self, req: Request, resp: Response, refusal: errors.Refusal, _: dict[str, Any]
    ) -> None:
        self._answer(req, resp, refusal)

    def _answer(self, req: Request, resp: Response, refusal: errors.Refusal) -> None:
        status = status_of(type(refusal))
        resp.status, resp.text, resp.data = status, None, None
        resp.set_headers(_headers(refusal, status))
        if _is_page(req):
            _render(req, resp, refusal, status)
            return
        resp.content_type = PROBLEM
        resp.data = orjson.dumps(self._problem(req, refusal, status))

    def _problem(self, req: Request, refusal: errors.Refusal, status: int) -> dict[str, Any]:
        problem: dict[str, Any] = {
            "type": f"{self.public_url}/docs/errors/{refusal.code}",
            "title": refusal.title,
            "status": status,
            "detail": refusal.detail,
            "code": refusal.code,
            "request_id": request_id_of(req),
        }
        faults = _faults(req, refusal)
        return problem | {"errors": faults} if faults else problem


def _render(req: Request, resp: Response, refusal: errors.Refusal, status: int) -> None:
    up = "../" * (req.path.count("/") - 1)
    render_page(resp, refusal.title, "refused.html", status=status, up=up, detail=refusal.detail)


def _headers(refusal: errors.Refusal, status: int) -> dict[str, str]:
    if isinstance(refusal, errors.TryLater):
        return {"Retry-After": str(whole_seconds(refusal.retry_after))}
    return {"WWW-Authenticate": "Bearer"} if status == 401 else {}


def whole_seconds(span: timedelta) -> int:
    """Rounded up, and at least one."""
    return max(1, math.ceil(span.total_seconds()))


def _is_page(req: Request) -> bool:
    declared = operation_of(req)
    return declared is not None and declared.page


def _faults(req: Request, refusal: errors.Refusal) -> list[dict[str, str | int]]:
    if isinstance(refusal, refusals.ValidationFailed):
        return [fault.as_dict() for fault in refusal.faults]
    if isinstance(refusal, errors.Unacceptable):
        declared = operation_of(req)
        return [fault_in(declared, *fault).as_dict() for fault in refusal.faults]
    return []


def fault_in(declared: Operation | None, field: str, reason: errors.Reason) -> refusals.Fault:
    """The fault of a field of the domain, at the member of the body that has its value."""
    members = declared.body.model_fields if declared and declared.body else {}
    member = f"new_{field}" if f"new_{field}" in members else field
    return refusals.Fault(**asdict(reason), pointer=f"#/{member}")
