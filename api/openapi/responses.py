"""Every answer an operation may give, the refusals common to its kind included."""

from collections import defaultdict
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from api.http.bodies import JSON
from api.http.errors import PROBLEM, fault_in, status_of
from api.http.faults import fault_of
from api.http.operation import Operation
from api.http.refusals import (
    BodyTooLarge,
    CrossSite,
    Fault,
    Forbidden,
    LengthRequired,
    MalformedJson,
    UnsupportedMediaType,
    ValidationFailed,
)
from api.openapi.examples import example_of
from api.openapi.parameters import has_placeholder
from api.openapi.schemas import Schemas
from ostiary.errors import (
    NotFound,
    PasswordUnacceptable,
    RateLimited,
    Reason,
    Refusal,
    Unauthenticated,
    Unavailable,
)

HEADERS: dict[str, Any] = {
    "X-Request-Id": {"required": True, "schema": {"type": "string"}},
    "Retry-After": {
        "description": "Whole seconds, at least one",
        "schema": {"type": "integer", "minimum": 1},
    },
    "WWW-Authenticate": {"schema": {"type": "string"}},
}
BESIDES = {401: ["WWW-Authenticate"], 429: ["Retry-After"], 503: ["Retry-After"]}
TOO_SHORT = Reason("password_too_short", "The password is shorter than 8 characters.", minimum=8)
READING = (MalformedJson, LengthRequired, BodyTooLarge, UnsupportedMediaType, ValidationFailed)


def responses(
    path: str, declared: Operation, schemas: Schemas, public_url: str
) -> dict[str, dict[str, Any]]:
    described: dict[int, dict[str, Any]] = {}
    for status, model in declared.answers.items():
        described[status] = _response(status, _answer(status, model, declared, schemas))
    for status, refusals in _by_status(path, declared).items():
        response = described.setdefault(status, _response(status, {}))
        codes = dict.fromkeys(refusal.code for refusal in refusals)
        response["description"] = ", ".join(f"`{code}`" for code in codes)
        response["content"] |= _refusal(refusals, declared, schemas, public_url)
    return {str(status): described[status] for status in sorted(described)}


def _response(status: int, content: dict[str, Any]) -> dict[str, Any]:
    names = ["X-Request-Id", *BESIDES.get(status, [])]
    return {
        "description": HTTPStatus(status).phrase,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names},
        "content": content,
    }


def _answer(
    status: int, model: type[BaseModel] | None, declared: Operation, schemas: Schemas
) -> dict[str, Any]:
    if model:
        return {JSON: {"schema": schemas.of_answer(model), "example": example_of(model)}}
    if status in (204, 304) or declared.media == JSON:
        return {}
    return {declared.media: {"schema": {"type": "string"}}}


def _by_status(path: str, declared: Operation) -> dict[int, list[type[Refusal]]]:
    found: dict[int, list[type[Refusal]]] = defaultdict(list)
    for refusal in dict.fromkeys((*declared.refuses, *_common(path, declared))):
        found[status_of(refusal)].append(refusal)
    return found


def _common(path: str, declared: Operation) -> tuple[type[Refusal], ...]:
    under_v1 = path.startswith("/v1/")
    return (
        *(READING if declared.body or declared.form else ()),
        *((CrossSite,) if declared.form else ()),
        *((Unauthenticated,) if declared.needs_token else ()),
        *((Forbidden,) if declared.role else ()),
        *((NotFound,) if has_placeholder(path) else ()),
        *((RateLimited,) if declared.limit else ()),
        *((ValidationFailed, Unavailable) if under_v1 else ()),
    )


def _refusal(
    refusals: list[type[Refusal]], declared: Operation, schemas: Schemas, public_url: str
) -> dict[str, Any]:
    if declared.page:
        return {declared.media: {"schema": {"type": "string"}}}
    examples = {each.code: {"value": _example(each, declared, public_url)} for each in refusals}
    return {PROBLEM: {"schema": schemas.of_problem(), "examples": examples}}


def _example(refusal: type[Refusal], declared: Operation, public_url: str) -> dict[str, Any]:
    faults = [fault.as_dict() for fault in _faults(refusal, declared)]
    return {
        "type": f"{public_url}/docs/errors/{refusal.code}",
        "title": refusal.title,
        "status": status_of(refusal),
        "detail": refusal.title,
        "code": refusal.code,
        "request_id": "018f3c1a-6d2e-7b41-9c55-0b6f3a2d9e10",
        **({"errors": faults} if faults else {}),
    }


def _faults(refusal: type[Refusal], declared: Operation) -> Iterator[Fault]:
    if refusal.code == PasswordUnacceptable.code:
        yield fault_in(declared, "password", TOO_SHORT)
    elif refusal.code == ValidationFailed.code and declared.body:
        yield fault_of({"type": "missing"}, pointer=f"#/{next(iter(declared.body.model_fields))}")
    elif refusal.code == ValidationFailed.code:
        yield fault_of({"type": "extra_forbidden"}, parameter="colour")
