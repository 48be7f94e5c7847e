"""Whatever is refused is refused in one form, with an id to ask about and headers that protect."""

import re
from datetime import timedelta

import pytest
import structlog
from falcon.testing import Result, TestClient

from api.http import refusals
from api.http.errors import status_of
from ostiary import errors
from tests.toy_api import refused_with, toy_api

API = toy_api()


def fail_with(refusal: errors.Refusal) -> Result:
    return refused_with(refusal).simulate_get("/failing")


class TestAProblem:
    def test_says_all_a_client_needs(self) -> None:
        refused = API.simulate_get("/nowhere", headers={"X-Request-Id": "mine"})
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert refused.json == {
            "type": "https://id.example.com/docs/errors/not_found",
            "title": "There is nothing here.",
            "status": 404,
            "detail": "There is nothing here.",
            "code": "not_found",
            "request_id": "mine",
        }

    @pytest.mark.parametrize(
        ("refusal", "status"),
        [
            (errors.TokenInvalid(), 400),
            (errors.InvalidCredentials(), 401),
            (errors.RefreshTokenReused(), 401),
            (errors.EmailNotVerified(), 403),
            (refusals.Forbidden(), 403),
            (errors.EmailTaken(), 409),
            (errors.PasswordUnacceptable(), 422),
            (errors.Overloaded(), 503),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_has_the_status_of_its_refusal(self, refusal: errors.Refusal, status: int) -> None:
        assert fail_with(refusal).status_code == status

    def test_that_will_pass_is_429(self) -> None:
        assert status_of(errors.TryLater) == 429

    def test_about_an_address_points_at_it(self) -> None:
        refused = fail_with(errors.EmailUnacceptable("It has no domain."))
        assert refused.status_code == 422
        assert refused.json["errors"] == [
            {"code": "email_unacceptable", "message": "It has no domain.", "pointer": "#/email"}
        ]

    def test_names_every_fault_with_its_numbers(self) -> None:
        short = errors.Reason("password_too_short", "It is too short.", minimum=8)
        long = errors.EmailUnacceptable("It is too long.", code="too_long", maximum=254)
        refused = fail_with(errors.Unacceptable(*long.faults, ("password", short)))
        assert (refused.status_code, refused.json["code"]) == (422, "validation_failed")
        assert refused.json["detail"] == "It is too long. It is too short."
        assert refused.json["errors"] == [
            {
                "code": "too_long",
                "message": "It is too long.",
                "pointer": "#/email",
                "maximum": 254,
            },
            {
                "code": "password_too_short",
                "message": "It is too short.",
                "pointer": "#/password",
                "minimum": 8,
            },
        ]

    @pytest.mark.parametrize(("seconds", "header"), [(0, "1"), (0.2, "1"), (1.2, "2"), (60, "60")])
    def test_says_when_to_come_back(self, seconds: float, header: str) -> None:
        refused = fail_with(errors.RateLimited(retry_after=timedelta(seconds=seconds)))
        assert refused.headers["Retry-After"] == header


class TestAMistakeOfOurs:
    def test_is_admitted_without_details(self) -> None:
        failed = toy_api(failing=RuntimeError("secret")).simulate_get("/failing")
        assert (failed.status_code, failed.json["code"]) == (500, "internal_error")
        assert "secret" not in failed.text

    def test_is_logged_once(self) -> None:
        with structlog.testing.capture_logs() as lines:
            toy_api(failing=RuntimeError("x")).simulate_get("/failing")
        assert [line["event"] for line in lines] == ["request_failed", "request"]


class TestAMethod:
    @pytest.mark.filterwarnings("ignore:Unknown REQUEST_METHOD")
    @pytest.mark.parametrize("method", ["PUT", "TRACE", "PROPFIND", "BREW"])
    def test_that_is_not_known_is_answered_with_those_that_are(self, method: str) -> None:
        refused = API.simulate_request(method, "/v1/greetings")
        assert (refused.status_code, refused.json["code"]) == (405, "method_not_allowed")
        assert refused.headers["Allow"] == "GET, HEAD, OPTIONS, POST"

    @pytest.mark.filterwarnings("ignore:Unknown REQUEST_METHOD")
    @pytest.mark.parametrize("method", ["PUT", "BREW"])
    def test_finds_nothing_where_nothing_is(self, method: str) -> None:
        assert API.simulate_request(method, "/nowhere").status_code == 404

    @pytest.mark.filterwarnings("ignore:Unknown REQUEST_METHOD")
    @pytest.mark.parametrize("method", ["WEBSOCKET", "get"])
    def test_may_be_anything(self, method: str) -> None:
        assert API.simulate_request(method, "/v1/greetings").status_code == 405

    def test_head_answers_as_get(self) -> None:
        got, asked = (API.simulate_request(m, "/docs/errors") for m in ("GET", "HEAD"))
        assert (asked.status_code, asked.text) == (200, "")
        assert asked.headers["Content-Length"] == got.headers["Content-Length"]

    def test_options_lists_what_is_allowed(self) -> None:
        told = API.simulate_options("/v1/me")
        assert (told.status_code, told.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")


class TestAnAccessToken:
    @pytest.mark.parametrize("header", ["Bearer right", "bearer  right"])
    def test_lets_in(self, header: str) -> None:
        assert _me(header).status_code == 204

    @pytest.mark.parametrize(
        "header", [None, "", "Bearer", "Bearer wrong", "Basic right", "right", "Bearer a b", "\xe9"]
    )
    def test_is_asked_for(self, header: str | None) -> None:
        refused = _me(header)
        assert (refused.status_code, refused.json["code"]) == (401, "unauthenticated")
        assert refused.headers["WWW-Authenticate"] == "Bearer"

    def test_is_looked_at_before_the_query(self) -> None:
        assert API.simulate_get("/v1/me?x=1").status_code == 401

    def test_of_a_user_does_not_open_administration(self) -> None:
        headers = {"Authorization": "Bearer right"}
        refused = API.simulate_get("/v1/admin/everybody", headers=headers)
        assert (refused.status_code, refused.json["code"]) == (403, "forbidden")


class TestARequestId:
    def test_is_the_callers_where_it_is_presentable(self) -> None:
        assert _request_id("a.b-C_9") == "a.b-C_9"

    @pytest.mark.parametrize("given", [None, "", "a b", "x" * 129, "<script>", "a\xe9", "a,b"])
    def test_is_a_new_one_otherwise(self, given: str | None) -> None:
        assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]+", _request_id(given))

    def test_is_not_left_behind(self) -> None:
        API.simulate_get("/nowhere")
        assert structlog.contextvars.get_contextvars() == {}


class TestEveryAnswer:
    @pytest.mark.parametrize("path", ["/v1/greetings", "/nowhere", "/docs", "/openapi.json"])
    def test_is_not_sniffed(self, path: str) -> None:
        assert API.simulate_get(path).headers["X-Content-Type-Options"] == "nosniff"

    def test_is_not_stored_unless_its_route_says_so(self) -> None:
        assert API.simulate_get("/v1/me").headers["Cache-Control"] == "no-store"
        assert "max-age" in API.simulate_get("/docs").headers["Cache-Control"]

    def test_insists_on_https_in_production_alone(self) -> None:
        assert "Strict-Transport-Security" not in API.simulate_get("/nowhere").headers
        assert "Strict-Transport-Security" in _production().simulate_get("/nowhere").headers

    def test_leaves_one_line_in_the_log_without_its_query(self) -> None:
        with structlog.testing.capture_logs() as lines:
            API.simulate_get("/v1/greetings?limit=5")
        assert [(x["event"], x["route"], x["status"]) for x in lines] == [
            ("request", "/v1/greetings", 204)
        ]


class TestAnId:
    @pytest.mark.parametrize("id", ["1", "nobody", "018f3c1a-6d2e-7b41-9c55-0b6f3a2d9e1z"])
    def test_that_is_no_uuid_is_not_found(self, id: str) -> None:
        assert API.simulate_get(f"/v1/greetings/{id}").status_code == 404


def _me(header: str | None) -> Result:
    return API.simulate_get("/v1/me", headers={"Authorization": header} if header else {})


def _request_id(given: str | None) -> str:
    headers = {"X-Request-Id": given} if given is not None else {}
    return API.simulate_get("/nowhere", headers=headers).headers["X-Request-Id"]


def _production() -> TestClient:
    return toy_api(
        APP_ENV="production", CORS_ORIGINS="https://app.example.com", SMTP_URL="smtp://mail"
    )
