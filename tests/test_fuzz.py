"""The OpenAPI document is valid and complete, and whatever is sent, every answer is as it says."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from jsonschema_rs import Draft202012Validator
from schemathesis.checks import CheckFunction
from schemathesis.specs.openapi import checks
from schemathesis.specs.openapi.definitions import OPENAPI_31

from tests.app_client import Door, OpenDoor
from tests.raw_requests import METHODS, every_route, openapi

ADA = "ada@example.com"
CHECKS: list[CheckFunction] = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.unsupported_method,
    checks.allow_header_conformance,
]
hurriedly = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def door(open_door: OpenDoor) -> Door:
    return open_door()


schema = schemathesis.openapi.from_dict(openapi())


@schema.parametrize()
@hurriedly
def test_every_answer_is_as_documented(case: Any, door: Door) -> None:
    known = {"Authorization": f"Bearer {come_in(door)}"}
    answered = case.call_and_validate(app=door.client.app, headers=known, checks=CHECKS)
    assert answered.status_code != 500


class TestTheDocument:
    def test_is_valid_openapi_3_1(self) -> None:
        faults = Draft202012Validator(OPENAPI_31).iter_errors(openapi())
        assert [str(fault) for fault in faults] == []

    def test_describes_every_route(self) -> None:
        declared = {(route.method, route.template) for route in every_route() if route.declared}
        assert len(list(operations())) == len(declared)

    def test_names_every_operation_once(self) -> None:
        names = [operation["operationId"] for operation in operations()]
        assert len(names) == len(set(names))

    def test_says_what_every_operation_does(self) -> None:
        for operation in operations():
            assert operation["summary"], operation
            assert operation["tags"], operation

    def test_refers_to_nothing_that_is_missing(self) -> None:
        for name, value in members(openapi()):
            if name == "$ref":
                found: Any = openapi()
                for part in value.removeprefix("#/").split("/"):
                    found = found[part]

    def test_shows_an_example_of_every_field_that_is_sent(self) -> None:
        for operation in operations():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                fields = resolved(content["schema"])["properties"].values()
                assert all("examples" in dict(members(field)) for field in fields), operation

    def test_shows_examples_that_are_valid(self) -> None:
        for operation in operations():
            for response in operation["responses"].values():
                for content in response.get("content", {}).values():
                    schema = {**content["schema"], "components": openapi()["components"]}
                    for example in content.get("examples", {}).values():
                        Draft202012Validator(schema).validate(example["value"])

    def test_knows_the_shape_of_every_answer(self) -> None:
        for operation in operations():
            for status, response in operation["responses"].items():
                shapes = [content["schema"] for content in response.get("content", {}).values()]
                assert shapes or status in {"204", "304"}, (operation["operationId"], status)


def come_in(door: Door) -> str:
    """A token that is good, whatever was done with the account or its sessions before."""
    tokens = door.log_in(ADA).json
    return str(tokens.get("access_token") or door.join(ADA)["access_token"])


def operations() -> Iterator[dict[str, Any]]:
    for path in openapi()["paths"].values():
        yield from (path[method.lower()] for method in METHODS if method.lower() in path)


def members(document: Any) -> Iterator[tuple[str, Any]]:
    """Every member of every object in it."""
    if isinstance(document, dict):
        yield from document.items()
        for value in document.values():
            yield from members(value)
    elif isinstance(document, list):
        for value in document:
            yield from members(value)


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    name = schema["$ref"].rpartition("/")[2]
    found: dict[str, Any] = openapi()["components"]["schemas"][name]
    return found
