"""The form of a page is taken from our own pages, and what other sites send spends nothing."""

import pytest
from falcon.testing import Result

from api.http.cross_site import origin_of
from tests.app_client import Door, OpenDoor
from tests.test_letter_pages import FORM, PAGES

ADA = "ada@example.com"
OURS = "https://id.example.com"
MADE_UP = "x" * 43
CROSS_SITE = {"Sec-Fetch-Site": "cross-site"}
# A browser of our own pages, an old one, one whose page has no referrer, and curl.
TAKEN: list[dict[str, str]] = [
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
    {"Origin": OURS},
    {"Origin": "null"},
    {},
]
REFUSED: list[dict[str, str]] = [
    *({"Sec-Fetch-Site": site} for site in ("cross-site", "same-site", "", "SAME-ORIGIN", "None")),
    *({"Sec-Fetch-Site": site} for site in ("same-origin,same-origin", "same-origin, cross-site")),
    *({"Sec-Fetch-Site": "cross-site", "Origin": origin} for origin in (OURS, "null")),
    *({"Origin": origin} for origin in ("https://evil.example", "", "NULL", "https://example.com")),
    *({"Origin": origin} for origin in (OURS.upper(), f"{OURS}/", f"{OURS}:443", f"{OURS}.evil")),
    *(
        {"Origin": origin}
        for origin in ("http://id.example.com", f"{OURS}, {OURS}", f"{OURS} null")
    ),
]


@pytest.fixture
def door(open_door: OpenDoor) -> Door:
    return open_door(PUBLIC_URL=f"{OURS}/auth", RATE_LIMIT_TOKEN="30/m", RATE_LIMIT_LOGIN="30/m")


def submit(door: Door, path: str, headers: dict[str, str], token: str = MADE_UP) -> Result:
    return door.send("POST", path, headers=FORM | headers, body=f"token={token}&password=x")


@pytest.mark.parametrize("path", PAGES)
class TestAForm:
    @pytest.mark.parametrize("headers", TAKEN, ids=str)
    def test_of_our_own_is_looked_at(self, door: Door, path: str, headers: dict[str, str]) -> None:
        answered = submit(door, path, headers)
        assert (answered.status_code, "has been used" in answered.text) == (400, True)

    @pytest.mark.parametrize("headers", REFUSED, ids=str)
    def test_of_another_site_is_not(self, door: Door, path: str, headers: dict[str, str]) -> None:
        refused = submit(door, path, headers)
        assert (refused.status_code, refused.headers["Content-Type"]) == (
            403,
            "text/html; charset=utf-8",
        )
        assert "<h1>The form was sent from another site.</h1>" in refused.text
        assert "RateLimit" not in refused.headers

    def test_is_refused_whatever_else_is_wrong_with_it(self, door: Door, path: str) -> None:
        media = {"Content-Type": "text/plain"}
        assert submit(door, path, CROSS_SITE | media).status_code == 403

    def test_may_be_opened_from_anywhere(self, door: Door, path: str) -> None:
        assert door.send("GET", f"{path}?token=x", headers=CROSS_SITE).status_code == 200


class TestFiftyFormsOfAnotherSite:
    @pytest.fixture
    def token(self, door: Door) -> str:
        """A letter that lets its owner in, before the forms are sent."""
        door.join(ADA)
        for _ in range(5):
            door.log_in(ADA, "a wrong password")
        token = door.token(ADA)
        for number in range(50):
            submit(door, PAGES[number % 3], CROSS_SITE, token if number % 2 else MADE_UP)
        return token

    def test_leave_the_visitors_network_able_to_log_in(self, door: Door, token: str) -> None:
        door.services.accounts.administration.create("grace@example.com", "correct horse battery")
        assert door.log_in("grace@example.com").status_code == 200

    def test_leave_the_limit_of_tokens_as_it_was(self, door: Door, token: str) -> None:
        answered = submit(door, "/unlock", {})
        # One request has counted before: the letter that proved the address.
        assert answered.headers["RateLimit"].startswith('"token";r=28;')

    def test_leave_the_token_unused(self, door: Door, token: str) -> None:
        assert submit(door, "/unlock", {"Sec-Fetch-Site": "same-origin"}, token).status_code == 200


def test_an_api_takes_requests_of_other_sites(door: Door) -> None:
    headers = CROSS_SITE | {"Origin": "https://app.example.com"}
    answered = door.send("POST", "/v1/auth/unlock", headers=headers, json={"token": "made-up"})
    assert (answered.status_code, answered.json["code"]) == (400, "token_invalid")


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://id.example.com", "https://id.example.com"),
        ("HTTPS://ID.Example.com:443/auth", "https://id.example.com"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("https://[0:0::1]:8443/x", "https://[::1]:8443"),
        ("https://stra\u00dfe.example", "https://xn--strae-oqa.example"),
        ("https://b\u00fc_cher.example", "https://b\u00fc_cher.example"),
    ],
)
def test_an_origin_is_written_as_browsers_do(url: str, origin: str) -> None:
    assert origin_of(url) == origin
