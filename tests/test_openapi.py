"""The OpenAPI document is made from the routes, and every answer is as it says."""

import json
from typing import Any

import pytest
import schemathesis
from falcon.testing import TestClient
from hypothesis import settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.toy_api import toy_api

API = toy_api()


def fetch(api: TestClient = API) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(api.simulate_get("/openapi.json").text)
    return document


DOCUMENT = fetch()
GREET = DOCUMENT["paths"]["/v1/greetings"]["post"]


class TestTheDocument:
    def test_is_openapi_3_1(self) -> None:
        assert DOCUMENT["openapi"] == "3.1.0"

    def test_describes_itself_and_its_pages(self) -> None:
        assert {"/openapi.json", "/docs", "/docs/errors/{code}"} <= set(DOCUMENT["paths"])

    def test_names_the_public_address(self) -> None:
        assert DOCUMENT["servers"] == [{"url": "https://id.example.com"}]

    def test_gives_every_operation_a_name_of_its_own(self) -> None:
        names = [
            each["operationId"] for path in DOCUMENT["paths"].values() for each in path.values()
        ]
        assert len(names) == len(set(names))


class TestAnOperation:
    def test_is_described_by_its_responder(self) -> None:
        assert (GREET["summary"], GREET["description"]) == (
            "Greet",
            "Greets by name, politely.",
        )

    def test_names_its_body_and_answer(self) -> None:
        body = GREET["requestBody"]["content"]["application/json"]["schema"]
        answer = GREET["responses"]["200"]["content"]["application/json"]["schema"]
        assert body == {"$ref": "#/components/schemas/Name"}
        assert answer == {"$ref": "#/components/schemas/Greeting"}

    def test_takes_no_unknown_members(self) -> None:
        assert DOCUMENT["components"]["schemas"]["Name"]["additionalProperties"] is False

    def test_lists_every_status_it_can_have(self) -> None:
        assert list(GREET["responses"]) == [
            *("200", "400", "401", "411", "413", "415", "422", "503")
        ]

    def test_shows_an_example_of_each_refusal(self) -> None:
        shown = GREET["responses"]["401"]["content"]["application/problem+json"]["examples"]
        assert shown["invalid_credentials"]["value"]["status"] == 401

    def test_knows_its_parameters(self) -> None:
        [limit] = DOCUMENT["paths"]["/v1/greetings"]["get"]["parameters"]
        [id] = DOCUMENT["paths"]["/v1/greetings/{id}"]["get"]["parameters"]
        assert (limit["name"], limit["in"], limit["required"]) == ("limit", "query", False)
        assert (id["name"], id["in"], id["schema"]["format"]) == ("id", "path", "uuid")

    def test_says_whether_it_needs_a_token(self) -> None:
        assert DOCUMENT["paths"]["/v1/me"]["get"]["security"] == [{"bearer": []}]
        assert "security" not in GREET

    def test_that_is_a_page_answers_html(self) -> None:
        responses = DOCUMENT["paths"]["/verify-email"]["post"]["responses"]
        assert list(responses["400"]["content"]) == ["text/html"]


schema = schemathesis.openapi.from_wsgi("/openapi.json", API.app)


@pytest.mark.filterwarnings("ignore")
@schema.parametrize()
@settings(max_examples=25, deadline=None)
def test_every_answer_is_as_documented(case: Any) -> None:
    case.call_and_validate(
        checks=[
            schemathesis.checks.not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
            response_headers_conformance,
        ]
    )
