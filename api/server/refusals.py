"""The plain answers to requests that are refused before they reach a route."""

from http import HTTPStatus

import structlog
from gunicorn.http.errors import (
    ExpectationFailed,
    InvalidResponseHeader,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
    UnsupportedTransferCoding,
)

from ostiary.platform.identifiers import new_id

log = structlog.get_logger()

STATUSES: dict[type[Exception], HTTPStatus] = {
    InvalidResponseHeader: HTTPStatus.INTERNAL_SERVER_ERROR,
    LimitRequestLine: HTTPStatus.REQUEST_URI_TOO_LONG,
    LimitRequestHeaders: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    ExpectationFailed: HTTPStatus.EXPECTATION_FAILED,
    UnsupportedTransferCoding: HTTPStatus.NOT_IMPLEMENTED,
}


def status_of(error: BaseException) -> HTTPStatus:
    """500 for what the application did wrong, otherwise what the client did."""
    if not isinstance(error, ParseException):
        return HTTPStatus.INTERNAL_SERVER_ERROR
    return STATUSES.get(type(error), HTTPStatus.BAD_REQUEST)


def refusal(status: HTTPStatus, error: BaseException | None = None) -> bytes:
    """Logs the refusal; of the error only its kind, for its text repeats what was sent."""
    request_id = str(new_id())
    reason = type(error).__name__ if error else status.name.lower()
    fields = {"status": status, "reason": reason, "request_id": request_id}
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("request_failed", **fields, exc_info=error)
    else:
        log.info("request_refused", **fields)
    return _plain(status, request_id)


def _plain(status: HTTPStatus, request_id: str) -> bytes:
    body = f"{status.phrase}.\n"
    return (
        f"HTTP/1.1 {status.value} {status.phrase}\r\n"
        "Connection: close\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        f"X-Request-Id: {request_id}\r\n"
        f"\r\n{body}"
    ).encode()
