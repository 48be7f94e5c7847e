"""All that is wrong with a request is said at once, by codes that a client words itself."""

import ast
from collections.abc import Iterator
from typing import Any

import pytest
from falcon.testing import Result

from api.http.faults import KINDS
from ostiary.accounts.passwords import REASONS
from tests.app_client import PASSWORD, Door
from tests.source_tree import HOUSE, MODULES, every_fault_code

ADA = "ada@example.com"
REGISTER = "/v1/auth/register"


def found(refused: Result) -> list[tuple[str, str]]:
    """Where something is wrong, and what."""
    faults = refused.json["errors"]
    return [(each.get("pointer") or each["parameter"], each["code"]) for each in faults]


def kind(refused: Result) -> tuple[int, str]:
    return refused.status_code, refused.json["code"]


class TestARegistration:
    def test_hears_of_a_bad_address_and_a_bad_password_at_once(self, door: Door) -> None:
        refused = door.register("nobody", "short")
        assert kind(refused) == (422, "validation_failed")
        assert found(refused) == [
            ("#/email", "email_unacceptable"),
            ("#/password", "password_too_short"),
        ]

    def test_with_a_bad_password_alone_is_told_so(self, door: Door) -> None:
        assert kind(door.register(ADA, "short")) == (422, "password_unacceptable")

    def test_with_a_bad_address_alone_is_told_so(self, door: Door) -> None:
        refused = door.register("nobody")
        assert kind(refused) == (422, "validation_failed")
        assert found(refused) == [("#/email", "email_unacceptable")]

    def test_says_how_long_an_address_may_be(self, door: Door) -> None:
        refused = door.register(f"{'x' * 60}@{'example.' * 30}com")
        (fault,) = refused.json["errors"]
        assert (fault["code"], fault["maximum"]) == ("too_long", 254)

    @pytest.mark.parametrize(
        ("body", "fault"),
        [
            ({"email": ""}, ("#/email", "too_short", 1, None)),
            ({"email": "x" * 321}, ("#/email", "too_long", None, 320)),
            ({"display_name": ""}, ("#/display_name", "too_short", 1, None)),
            ({"display_name": "x" * 101}, ("#/display_name", "too_long", None, 100)),
            ({"display_name": "a\u0085b"}, ("#/display_name", "unprintable", None, None)),
            ({"display_name": 5}, ("#/display_name", "wrong_type", None, None)),
            ({"password": "a\0b"}, ("#/password", "unprintable", None, None)),
            ({"colour": "red"}, ("#/colour", "unknown", None, None)),
        ],
        ids=str,
    )
    def test_names_each_fault_with_its_numbers(
        self, door: Door, body: dict[str, Any], fault: tuple[object, ...]
    ) -> None:
        refused = door.post(REGISTER, **{"email": ADA, "password": PASSWORD, **body})
        assert kind(refused) == (422, "validation_failed")
        assert [numbered(each) for each in refused.json["errors"]] == [fault]

    def test_says_nothing_in_words_of_the_library(self, door: Door) -> None:
        refused = door.post(REGISTER, email=5, colour="red", display_name="")
        assert [fault["message"] for fault in refused.json["errors"]] == [
            "This must be a text.",
            "This is required.",
            "The length must be at least 1.",
            "There is no field or parameter of this name.",
        ]


class TestAList:
    @pytest.fixture
    def bearer(self, door: Door) -> str:
        door.services.accounts.administration.create(ADA, PASSWORD, roles=["admin"])
        return str(door.log_in(ADA).json["access_token"])

    @pytest.mark.parametrize(
        ("query", "fault"),
        [
            ("accounts?limit=0", ("limit", "out_of_range", 1, None)),
            ("accounts?limit=101", ("limit", "out_of_range", None, 100)),
            ("accounts?limit=" + "9" * 5000, ("limit", "out_of_range", None, None)),
            ("accounts?limit=ten", ("limit", "wrong_type", None, None)),
            ("accounts?limit=5&limit=5", ("limit", "given_twice", None, None)),
            ("accounts?cursor=x", ("cursor", "bad_cursor", None, None)),
            ("accounts?page=2", ("page", "unknown", None, None)),
            ("audit?account_id=1", ("account_id", "wrong_type", None, None)),
            ("audit?event=nap", ("event", "not_one_of", None, None)),
            ("alerts?state=mended", ("state", "not_one_of", None, None)),
            ("readiness?since=noon", ("since", "wrong_type", None, None)),
            ("readiness?since=2026-03-01T12:00:00", ("since", "wrong_type", None, None)),
        ],
        ids=lambda value: str(value)[:40],
    )
    def test_names_each_fault_of_its_query(
        self, door: Door, bearer: str, query: str, fault: tuple[object, ...]
    ) -> None:
        refused = door.get(f"/v1/admin/{query}", bearer)
        assert kind(refused) == (422, "validation_failed")
        assert [numbered(each) for each in refused.json["errors"]] == [fault]

    def test_names_several_at_once(self, door: Door, bearer: str) -> None:
        refused = door.get("/v1/admin/accounts?limit=0&cursor=x&page=2", bearer)
        assert found(refused) == [
            *(("page", "unknown"), ("limit", "out_of_range"), ("cursor", "bad_cursor"))
        ]


def numbered(fault: dict[str, Any]) -> tuple[object, ...]:
    where = fault.get("pointer") or fault["parameter"]
    return where, fault["code"], fault.get("minimum"), fault.get("maximum")


def refusals_of_models() -> Iterator[str]:
    """The types of what our own validators raise."""
    for module in MODULES:
        for call in module.find(ast.Call):
            named = isinstance(call.func, ast.Name) and call.func.id == "PydanticCustomError"
            if named and module.wing == "api":
                yield ast.literal_eval(call.args[0])


def test_every_refusal_of_a_model_is_in_the_table() -> None:
    assert set(refusals_of_models()) <= set(KINDS)


@pytest.mark.parametrize("code", sorted(every_fault_code()))
def test_every_code_is_explained(code: str) -> None:
    page = "password_unacceptable" if code in REASONS else "validation_failed"
    assert f"\n| `{code}` |" in (HOUSE / f"docs/errors/{page}.md").read_text()
