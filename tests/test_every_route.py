"""What holds for every route there is: exact paths, methods, origins, ids and headers."""

import json

import pytest
from falcon.testing import TestClient

from api.factory import create_app
from tests.app_client import Door, OpenDoor
from tests.raw_requests import METHODS, every_route, kind_of, knock
from tests.toy_api import authenticate, toy_settings

FRIEND = "https://app.example.com"
STRANGER = "https://evil.example"

ROUTES = every_route()
INVALID = (422, "validation_failed")
PATHS = sorted({route.path for route in ROUTES})
VERSIONED = [route for route in ROUTES if route.template.startswith("/v1/")]
READERS = [route for route in ROUTES if route.reads]
KEEPERS = [route for route in ROUTES if route.declared and route.declared.needs_token]
PAGES = [route for route in ROUTES if route.declared and route.declared.page]


@pytest.fixture
def door(open_door: OpenDoor) -> Door:
    return open_door(CORS_ORIGINS=FRIEND)


@pytest.fixture
def bearer(door: Door) -> str:
    """Of somebody who may do everything."""
    tokens = door.join("ada@example.com")
    door.services.database.run("UPDATE account SET roles = '{admin}'")
    return f"Bearer {tokens['access_token']}"


class TestAQuery:
    @pytest.mark.parametrize("query", ["x=1", "x", "x=1&x=2", "%F0%9F%92%A9=1", "a[b]=c", "=1"])
    def test_must_be_known(self, door: Door, bearer: str, query: str) -> None:
        known: dict[str, str | None] = {"QUERY_STRING": query, "HTTP_AUTHORIZATION": bearer}
        for route in VERSIONED:
            raw = json.dumps(route.example).encode() if route in READERS else b""
            refused = knock(door, route.method, route.path, raw, **known)
            assert kind_of(refused) == INVALID, route

    @pytest.mark.parametrize("path", ["/verify-email", "/docs", "/health", "/openapi.json"])
    def test_of_a_page_may_hold_what_gateways_append(self, door: Door, path: str) -> None:
        appended = "utm_source=x&fbclid&token=%00%ff&token=2"
        assert knock(door, "GET", path, QUERY_STRING=appended).status_code == 200


class TestAPath:
    @pytest.mark.parametrize(
        "path",
        [
            "//v1//auth//me",
            "//health",
            "/v1/auth/me/",
            "/V1/auth/me",
            "/v1/auth/../auth/me",
            "/v1/auth/me;x=1",
            "/v1/auth/me\0",
            "/v1/auth/\xff",
            "/",
            "",
            "*",
            "/health/",
            "/docs/assets/../start.js",
            "/docs/assets/..\\docs.py",
            "/docs/errors/../../../pyproject.toml",
            "/docs/errors/not_found.md",
            "/docs/errors/",
        ],
    )
    def test_is_exact(self, door: Door, path: str) -> None:
        assert knock(door, "GET", "/", PATH_INFO=path).status_code == 404

    def test_with_an_id_that_is_no_uuid_is_not_found(self, door: Door, bearer: str) -> None:
        for id in ("", "1", "x" * 2_000, "\0", "..", "-" * 36, "\xb2" * 32):
            for path in (f"/v1/auth/sessions/{id}", f"/v1/auth/me/devices/{id}"):
                refused = knock(door, "DELETE", "/", PATH_INFO=path, HTTP_AUTHORIZATION=bearer)
                assert kind_of(refused) == (404, "not_found")


class TestAMethod:
    def test_that_asks_what_is_allowed_is_told(self, door: Door) -> None:
        for path in PATHS:
            told = knock(door, "OPTIONS", path)
            assert (told.status_code, told.text) == (204, "")
            known = {route.method for route in ROUTES if route.path == path}
            implied = {"OPTIONS", "HEAD"} if "GET" in known else {"OPTIONS"}
            assert set(told.headers["Allow"].split(", ")) == known | implied

    def test_that_is_not_known_is_refused(self, door: Door) -> None:
        odd = {"PUT", "TRACE", "CONNECT", "PROPFIND", "BREW", "", "\xe9", "X" * 500}
        for path in PATHS:
            allowed = knock(door, "OPTIONS", path).headers["Allow"]
            for method in (odd | {*METHODS}) - {*allowed.split(", ")}:
                refused = knock(door, "GET", path, REQUEST_METHOD=method)
                assert kind_of(refused) == (405, "method_not_allowed"), (method, path)
                assert refused.headers["Allow"] == allowed

    def test_head_answers_as_get(self, door: Door, bearer: str) -> None:
        known: dict[str, str | None] = {"HTTP_AUTHORIZATION": bearer, "HTTP_X_REQUEST_ID": "x"}
        for route in ROUTES:
            if route.method == "GET":
                got, asked = (knock(door, m, route.path, **known) for m in ("GET", "HEAD"))
                assert (asked.status_code, asked.text) == (got.status_code, ""), route
                assert asked.headers == got.headers, route


class TestAnotherOrigin:
    def test_that_is_a_friend_may_read(self, door: Door) -> None:
        for route in ROUTES:
            answered = knock(door, route.method, route.path, HTTP_ORIGIN=FRIEND)
            assert answered.headers["Access-Control-Allow-Origin"] == FRIEND, route
            assert answered.headers["Vary"] == "Origin", route

    def test_that_is_a_stranger_may_not(self, door: Door) -> None:
        for route in ROUTES:
            answered = knock(door, route.method, route.path, HTTP_ORIGIN=STRANGER)
            assert "Access-Control-Allow-Origin" not in answered.headers, route
            assert answered.headers["Vary"] == "Origin", route

    def test_asks_beforehand(self, door: Door) -> None:
        for route in ROUTES:
            asked = {"HTTP_ACCESS_CONTROL_REQUEST_METHOD": route.method}
            told = knock(door, "OPTIONS", route.path, HTTP_ORIGIN=FRIEND, **asked)
            assert told.status_code == 204, route
            assert route.method in told.headers["Access-Control-Allow-Methods"], route
            assert "Access-Control-Allow-Credentials" not in told.headers, route


class TestATokenThatIsNeeded:
    def test_is_asked_for_before_anything_else(self, door: Door) -> None:
        for route in KEEPERS:
            refused = knock(door, route.method, route.path, b"{", QUERY_STRING="x=1")
            assert kind_of(refused) == (401, "unauthenticated"), route
            assert refused.headers["WWW-Authenticate"] == "Bearer", route


@pytest.mark.filterwarnings("ignore:Unknown REQUEST_METHOD")
def test_no_caller_adds_a_method_to_the_metrics() -> None:
    seen: list[str] = []
    app = create_app(
        [],
        settings=toy_settings(),
        authenticate=authenticate,
        observe=lambda method, _route, _status, _seconds: seen.append(method),
    )
    for method in ("GET", "HEAD", "BREW", "get", "X" * 20):
        TestClient(app).simulate_request(method, "/nowhere")
    assert seen == ["GET", "HEAD", "other", "other", "other"]


class TestEveryAnswer:
    def test_repeats_the_request_id(self, door: Door) -> None:
        for route in ROUTES:
            answered = knock(door, route.method, route.path, HTTP_X_REQUEST_ID="a.b_C-9")
            assert answered.headers["X-Request-Id"] == "a.b_C-9", route

    def test_is_not_sniffed(self, door: Door) -> None:
        for route in ROUTES:
            answered = knock(door, route.method, route.path)
            assert answered.headers["X-Content-Type-Options"] == "nosniff", route

    def test_that_is_a_page_is_strict(self, door: Door) -> None:
        for route in PAGES:
            shown = knock(door, route.method, route.path)
            assert shown.headers["Referrer-Policy"] == "no-referrer", route
            assert shown.headers["Content-Security-Policy"].startswith("default-src "), route

    def test_of_the_api_is_not_stored(self, door: Door) -> None:
        for route in VERSIONED:
            answered = knock(door, route.method, route.path)
            assert answered.headers["Cache-Control"] == "no-store", route
