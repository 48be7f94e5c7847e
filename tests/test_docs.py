"""The pages can be read without the internet, and there is one for every error code."""

import re
from pathlib import Path
from urllib.parse import urljoin

import pytest

from api.http import refusals
from ostiary import errors
from tests.app_client import Door
from tests.toy_api import toy_api

API = toy_api()
PAGES = Path(__file__).parent.parent / "docs" / "errors"


def codes(kind: type[errors.Refusal] = errors.Refusal) -> set[str]:
    below = [codes(narrower) for narrower in kind.__subclasses__()]
    return {kind.code if hasattr(kind, "code") else "", *set().union(*below)} - {""}


class TestTheReference:
    def test_fetches_nothing_from_elsewhere(self) -> None:
        shown = API.simulate_get("/docs")
        assert shown.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "default-src 'self'" in shown.headers["Content-Security-Policy"]
        assert "unsafe" not in shown.headers["Content-Security-Policy"]
        assert not re.search(r"(src|href)=\"(https?:)?//", shown.text)

    def test_finds_all_it_asks_for(self) -> None:
        asked = re.findall(r"(?:src|href)=\"([^\":]+)\"", API.simulate_get("/docs").text)
        assert len(asked) >= 4
        assert {API.simulate_get(f"/{path}").status_code for path in asked} == {200}

    @pytest.mark.parametrize("name", ["templates.py", "..", "%2e%2e%2fwsgi.py", "docs.html"])
    def test_gives_away_no_other_file(self, name: str) -> None:
        assert API.simulate_get(f"/docs/assets/{name}").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/verify-email",
        "/reset-password",
        "/unlock",
        "/docs",
        "/docs/errors",
        "/docs/errors/not_found",
        "/docs/errors/nonsense",
        "/docs/runbook",
    ],
)
def test_a_page_leads_to_others_wherever_its_root_is(door: Door, path: str) -> None:
    """`PUBLIC_URL` may have a path, of which only the proxy before Ostiary knows."""
    shown = door.get(f"{path}?token=from-a-letter").text
    links = re.findall(r"(?:src|href|action)=\"([^\"#:]+)\"", shown)
    assert links
    assert not [link for link in links if link.startswith("/")]
    assert {door.get(urljoin(path, link)).status_code for link in links} == {200}


class TestAnErrorCode:
    @pytest.mark.parametrize("code", sorted(codes()))
    def test_has_a_page(self, code: str) -> None:
        shown = API.simulate_get(f"/docs/errors/{code}")
        assert shown.status_code == 200
        assert f"<h1>{code}</h1>" in shown.text

    def test_is_in_the_list(self) -> None:
        listed = API.simulate_get("/docs/errors").text
        assert all(f'href="../docs/errors/{page.stem}"' in listed for page in PAGES.glob("*.md"))

    @pytest.mark.parametrize("code", ["nonsense", "..%2f..%2fREADME", "%00", "<script>"])
    def test_that_is_unknown_has_none(self, code: str) -> None:
        shown = API.simulate_get(f"/docs/errors/{code}")
        assert shown.status_code == 404
        assert "<script>" not in shown.text

    def test_that_belongs_to_http_has_a_page_too(self) -> None:
        assert refusals.MalformedJson.code in codes()


class TestTheVerificationPage:
    def test_is_a_form_that_changes_nothing_by_being_opened(self) -> None:
        shown = API.simulate_get("/verify-email?token=right&utm_source=mail")
        assert shown.status_code == 200
        assert '<input type="hidden" name="token" value="right">' in shown.text

    def test_takes_the_form(self) -> None:
        assert _submit("token=right&fbclid=1") == (200, "Your address is verified")

    @pytest.mark.parametrize("form", ["token=wrong", "token=%00", "token=%ff", "", "other=1"])
    def test_says_when_the_token_is_bad(self, form: str) -> None:
        assert _submit(form) == (400, "The token is unknown or has been used.")

    def test_takes_no_other_type(self) -> None:
        assert _submit("token=right", media="text/plain")[0] == 415

    def test_may_not_be_framed_stored_or_leak_its_address(self) -> None:
        headers = API.simulate_get("/verify-email?token=right").headers
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]

    def test_shows_a_token_as_text(self) -> None:
        shown = API.simulate_get("/verify-email", params={"token": '"><script>'})
        assert "<script>" not in shown.text


def _submit(form: str, *, media: str = "application/x-www-form-urlencoded") -> tuple[int, str]:
    shown = API.simulate_post(
        "/verify-email",
        body=form,
        headers={"Content-Type": media, "Content-Length": str(len(form))},
    )
    title = re.search("<h1>(.*)</h1>", shown.text)
    assert title
    return shown.status_code, title[1]
