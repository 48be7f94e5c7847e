"""Declares what a route takes and answers; the same words read its requests and document it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import KW_ONLY, dataclass, field
from functools import wraps
from typing import Any

from falcon import Request, Response
from pydantic import BaseModel

from api.http.bodies import JSON, has_no_body, read_form, read_json
from api.http.queries import find_strangers, read_query
from api.http.refusals import ValidationFailed
from api.http.validation import validate_body, validate_form
from ostiary.errors import Refusal
from ostiary.protection.limits import Policy

MOST_FAULTS = 20

Responder = Callable[..., None]
Reader = Callable[[Request, type[BaseModel]], BaseModel]


@dataclass(frozen=True)
class Operation:
    """A decorator that passes `body`, `form` and `query` to the responder by these names.

    `bearer` asks for an access token, `role` for one of an account with that role; both leave the
    caller in `req.context.caller`. `limit` names the rate limit of each client. The answers and
    refusals of a `page` are HTML. An `optional` body may be left out altogether. `headers`
    documents request headers, by name.
    """

    summary: str
    _: KW_ONLY
    answers: Mapping[int, type[BaseModel] | None]
    body: type[BaseModel] | None = None
    optional: bool = False
    form: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    refuses: tuple[type[Refusal], ...] = ()
    bearer: bool = False
    role: str | None = None
    page: bool = False
    limit: Policy | None = None
    produces: str = JSON

    @property
    def needs_token(self) -> bool:
        return self.bearer or self.role is not None

    @property
    def media(self) -> str:
        return "text/html" if self.page else self.produces

    def __call__(self, responder: Responder) -> Responder:
        @wraps(responder)
        def respond(resource: object, req: Request, resp: Response, **path: Any) -> None:
            responder(resource, req, resp, **path, **self._read(req))

        vars(respond)["operation"] = self
        return respond

    def _read(self, req: Request) -> dict[str, BaseModel]:
        """The parts of the request; raises one refusal with the faults of all of them."""
        faults = list(find_strangers(req, self.query))
        given: dict[str, BaseModel] = {}
        for part, model, read in self._parts():
            try:
                given |= {part: read(req, model)} if model else {}
            except ValidationFailed as failed:
                faults += failed.faults
        if faults:
            raise ValidationFailed(*faults[:MOST_FAULTS])
        return given

    def _parts(self) -> Iterator[tuple[str, type[BaseModel] | None, Reader]]:
        yield "query", self.query, read_query
        yield "body", self.body, self._read_body
        yield "form", self.form, _read_form

    def _read_body(self, req: Request, model: type[BaseModel]) -> BaseModel:
        left_out = self.optional and has_no_body(req)
        return validate_body(model, {} if left_out else read_json(req))


def _read_form(req: Request, model: type[BaseModel]) -> BaseModel:
    return validate_form(model, read_form(req))


operation = Operation


class Operations:
    """Keeps what the route has declared in `req.context.operation`, for whoever comes after."""

    def process_resource(
        self, req: Request, _resp: Response, resource: object, _path: dict[str, Any]
    ) -> None:
        req.context.operation = find_operation(resource, req.method)


def operation_of(req: Request) -> Operation | None:
    """None where no route has been found."""
    declared: Operation | None = req.context.get("operation")
    return declared


def find_operation(resource: object, method: str) -> Operation | None:
    """What the resource declared for a method; HEAD is GET."""
    verb = "get" if method == "HEAD" else method.lower()
    responder = getattr(resource, f"on_{verb}", None)
    return getattr(responder, "operation", None)
