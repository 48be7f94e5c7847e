"""Only the origins we name may read our answers, and what we say about it may be cached safely."""

import pytest
from falcon.testing import Result

from tests.toy_api import toy_api

FRIEND = "https://app.example.com"
API = toy_api(CORS_ORIGINS=f"{FRIEND},http://localhost:5173")


def get(origin: str | None = None, *, path: str = "/v1/greetings") -> Result:
    return API.simulate_get(path, headers={"Origin": origin} if origin else {})


def preflight(origin: str) -> Result:
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    return API.simulate_options("/v1/greetings", headers=asked)


class TestAFriend:
    def test_may_read(self) -> None:
        assert get(FRIEND).headers["Access-Control-Allow-Origin"] == FRIEND

    def test_may_read_refusals(self) -> None:
        refused = get(FRIEND, path="/v1/me")
        assert (refused.status_code, refused.headers["Access-Control-Allow-Origin"]) == (
            401,
            FRIEND,
        )

    def test_may_read_the_headers_we_promise(self) -> None:
        exposed = get(FRIEND).headers["Access-Control-Expose-Headers"]
        assert exposed == "X-Request-Id, Retry-After, RateLimit, RateLimit-Policy"

    def test_is_told_before_what_may_be_sent(self) -> None:
        told = preflight(FRIEND)
        assert told.status_code == 204
        assert told.headers["Access-Control-Allow-Origin"] == FRIEND
        assert "POST" in told.headers["Access-Control-Allow-Methods"]
        assert told.headers["Access-Control-Allow-Headers"] == (
            "Authorization, Content-Type, X-Device-Token, X-Request-Id"
        )

    def test_never_comes_with_cookies(self) -> None:
        assert "Access-Control-Allow-Credentials" not in preflight(FRIEND).headers


class TestAStranger:
    @pytest.mark.parametrize(
        "origin",
        ["https://evil.example", "null", f"{FRIEND}.evil.example", "http://app.example.com", "*"],
    )
    def test_is_answered_without_permission(self, origin: str) -> None:
        assert "Access-Control-Allow-Origin" not in get(origin).headers
        assert "Access-Control-Allow-Origin" not in preflight(origin).headers

    def test_gets_an_empty_preflight(self) -> None:
        assert preflight("https://evil.example").status_code == 204


@pytest.mark.parametrize("origin", [None, FRIEND, "https://evil.example"])
def test_every_answer_varies_by_origin(origin: str | None) -> None:
    assert get(origin).headers["Vary"] == "Origin"
