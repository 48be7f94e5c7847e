"""Every route there is, and requests to it that no client library would send."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from falcon.testing import Result, StartResponseMock, create_environ
from pydantic import BaseModel

from api.app import routes
from api.docs import documentation, published
from api.http.errors import PROBLEM
from api.http.operation import Operation, find_operation
from api.openapi.parameters import plain_path
from ostiary.services import open_services
from tests.app_client import Door
from tests.source_tree import every_fault_code
from tests.toy_api import toy_settings

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SOMETHING = {
    "{device_id:uuid}": "01a20799-e9a6-743a-8609-6faab50c5d60",
    "{session_id:uuid}": "01a20799-e9a6-743a-8609-6faab50c5d60",
    "{lockout_id:uuid}": "01a20799-e9a6-743a-8609-6faab50c5d60",
    "{account_id:uuid}": "01a20799-e9a6-743a-8609-6faab50c5d60",
    "{message_id:uuid}": "01a20799-e9a6-743a-8609-6faab50c5d60",
    "{alert_id:uuid}": "01a20799-e9a6-743a-8609-6faab50c5d60",
    "{code}": "not_found",
    "{name}": "start.js",
}
MEMBERS = {"type", "title", "status", "detail", "code", "request_id"}


@dataclass(frozen=True)
class Route:
    method: str
    template: str
    declared: Operation | None

    @property
    def path(self) -> str:
        path = self.template
        for placeholder, value in SOMETHING.items():
            path = path.replace(placeholder, value)
        return path

    @property
    def reads(self) -> bool:
        """Whether it needs a body."""
        return bool(self.declared and self.declared.body and not self.declared.optional)

    @property
    def taken(self) -> type[BaseModel]:
        assert self.declared
        assert self.declared.body
        return self.declared.body

    @property
    def example(self) -> dict[str, Any]:
        """The smallest body that the documentation shows."""
        schema = self.taken.model_json_schema()
        return {name: _example(schema["properties"][name]) for name in schema["required"]}

    @property
    def statuses(self) -> set[int]:
        """Every one that the documentation lists."""
        operation = openapi()["paths"][plain_path(self.template)][self.method.lower()]
        return {int(status) for status in operation["responses"]}

    def __str__(self) -> str:
        return f"{self.method} {self.template}"


@cache
def route_table() -> list[tuple[str, object]]:
    return routes(open_services(toy_settings(), nudge=lambda task, *promise_ids: None))


@cache
def openapi() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(published(route_table(), toy_settings()))
    return document


def every_route() -> list[Route]:
    return list(_split([*route_table(), *documentation(route_table(), toy_settings())]))


def knock(door: Door, method: str, path: str, raw: bytes = b"", /, **environ: str | None) -> Result:
    """Sends exactly this; what is None is left out of the environment."""
    given: dict[str, Any] = {
        **create_environ(path, method=method),
        "wsgi.input": io.BytesIO(raw),
        "CONTENT_LENGTH": str(len(raw)),
        "CONTENT_TYPE": "application/json",
        **environ,
    }
    given = {name: value for name, value in given.items() if value is not None}
    started = StartResponseMock()
    answered = b"".join(door.client.app(given, started))
    return Result([answered], started.status or "", started.headers or ())


def kind_of(answered: Result) -> tuple[int, str]:
    """The status and the code; a problem that is not as promised has none."""
    ensure_well_formed(answered)
    return answered.status_code, answered.json["code"]


def ensure_well_formed(answered: Result) -> None:
    """Whatever is refused under `/v1` is refused with a whole problem document (RFC 9457)."""
    assert answered.status_code != 500
    assert answered.headers["X-Request-Id"]
    if answered.status_code < 400:
        return
    problem = answered.json
    assert answered.headers["Content-Type"] == PROBLEM
    assert problem.keys() - {"errors"} == MEMBERS
    assert problem["type"].endswith(f"/docs/errors/{problem['code']}")
    assert problem["status"] == answered.status_code
    assert problem["request_id"] == answered.headers["X-Request-Id"]
    for fault in problem.get("errors", []):
        where = fault.keys() - {"code", "message", "minimum", "maximum"}
        assert where in ({"pointer"}, {"parameter"})
        assert fault["code"] in every_fault_code()
        assert fault["message"].endswith(".")
    if answered.status_code in {429, 503}:
        assert int(answered.headers["Retry-After"]) >= 1


def _split(table: list[tuple[str, object]]) -> Iterator[Route]:
    for template, resource in table:
        for method in METHODS:
            if hasattr(resource, f"on_{method.lower()}"):
                yield Route(method, template, find_operation(resource, method))


def _example(schema: dict[str, Any]) -> Any:
    if "examples" in schema:
        return schema["examples"][0]
    if schema.get("type") == "array":
        return [_example(schema["items"])]
    return next(_example(choice) for choice in schema["anyOf"] if choice != {"type": "null"})
