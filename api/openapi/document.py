"""Puts every declared operation of a route table into one OpenAPI document."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from api.http.bodies import FORM, JSON
from api.http.operation import Operation, find_operation
from api.openapi.parameters import parameters, plain_path
from api.openapi.responses import HEADERS, responses
from api.openapi.schemas import Schemas
from ostiary.platform.settings import Settings

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
TAGS = (("/v1/admin", "Administration"), ("/v1", "Accounts"), ("", "Service"))
ABOUT = (
    "Ostiary opens accounts, proves their addresses, lets the right people in and keeps guessers "
    "out. Every refusal is a problem document (RFC 9457) with a stable `code`."
)


@dataclass(frozen=True)
class Route:
    """One method of one path, with the operation declared for it."""

    path: str
    method: str
    resource: object
    declared: Operation

    @property
    def name(self) -> str:
        kind = self.resource if isinstance(self.resource, type) else type(self.resource)
        return self.method.lower() + kind.__name__.removesuffix("Resource")

    @property
    def tag(self) -> str:
        named = (tag for prefix, tag in TAGS if self.path.startswith(prefix))
        return "Pages" if self.declared.page else next(named)

    @property
    def description(self) -> str:
        responder = getattr(self.resource, f"on_{self.method.lower()}")
        return re.sub(r"\s+", " ", responder.__doc__ or "").strip()


def openapi_document(routes: Sequence[tuple[str, object]], settings: Settings) -> dict[str, Any]:
    """Describes each route whose responders carry an `operation`; resources may be classes."""
    declared = list(_declared(routes))
    schemas = Schemas.of(route.declared for route in declared)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Ostiary", "version": "1.0", "description": ABOUT},
        "servers": [{"url": settings.public_url}],
        "paths": _paths(declared, schemas, settings.public_url),
        "components": {
            "schemas": schemas.definitions,
            "headers": HEADERS,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
        },
    }


def _declared(routes: Iterable[tuple[str, object]]) -> Iterator[Route]:
    for path, resource in routes:
        for method in METHODS:
            declared = find_operation(resource, method)
            if declared:
                yield Route(path, method, resource, declared)


def _paths(routes: list[Route], schemas: Schemas, public_url: str) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for route in routes:
        methods = paths.setdefault(plain_path(route.path), {})
        methods[route.method.lower()] = _operation(route, schemas, public_url)
    return paths


def _operation(route: Route, schemas: Schemas, public_url: str) -> dict[str, Any]:
    declared = route.declared
    described: dict[str, Any] = {
        "operationId": route.name,
        "summary": declared.summary,
        "tags": [route.tag],
        "parameters": parameters(route.path, declared),
        "responses": responses(route.path, declared, schemas, public_url),
    }
    if route.description:
        described["description"] = route.description
    if declared.needs_token:
        described["security"] = [{"bearer": []}]
    if taken := declared.body or declared.form:
        media = JSON if declared.body else FORM
        content = {media: {"schema": schemas.of_request(taken)}}
        described["requestBody"] = {"required": not declared.optional, "content": content}
    return described
