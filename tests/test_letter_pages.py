"""The pages behind the links of letters: opening one changes nothing, sending its form does."""

import re

import pytest
from falcon.testing import Result

from tests.app_client import PASSWORD, Door, OpenDoor

ADA = "ada@example.com"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def submit(door: Door, path: str, token: str) -> Result:
    return door.send("POST", path, headers=FORM, body=f"token={token}&fbclid=1")


class TestTheVerificationPage:
    @pytest.fixture
    def token(self, door: Door) -> str:
        door.register(ADA)
        return door.token(ADA)

    def test_proves_nothing_by_being_opened(self, door: Door, token: str) -> None:
        assert [door.get(f"/verify-email?token={token}").status_code for _ in range(3)] == [200] * 3
        assert door.log_in(ADA).json["code"] == "invalid_credentials"

    def test_proves_the_address_by_its_form(self, door: Door, token: str) -> None:
        filled = f"{token}&password={PASSWORD.replace(' ', '+')}"
        assert submit(door, "/verify-email", filled).status_code == 200
        assert door.log_in(ADA).status_code == 200

    def test_asks_again_for_a_wrong_password_until_the_address_is_locked(
        self, door: Door, token: str
    ) -> None:
        answers = [submit(door, "/verify-email", f"{token}&password=wrong") for _ in range(6)]
        assert [each.status_code for each in answers] == [401] * 5 + [429]
        assert "The password is wrong." in answers[0].text
        assert f'href="reset-password?token={token}"' in answers[0].text


@pytest.mark.parametrize("path", ["/verify-email", "/unlock", "/reset-password"])
def test_a_page_says_itself_that_it_was_asked_too_often(open_door: OpenDoor, path: str) -> None:
    door = open_door(RATE_LIMIT_TOKEN="1/m")
    submit(door, path, "x")
    refused = submit(door, path, "x")
    assert (refused.status_code, int(refused.headers["Retry-After"])) == (429, 60)
    assert refused.headers["Content-Type"] == "text/html; charset=utf-8"
    assert refused.headers["Referrer-Policy"] == "no-referrer"


PAGES = ["/verify-email", "/unlock", "/reset-password"]
SITE = {
    "APP_NAME": "Söhne & Co",
    "APP_URL": "https://www.example.com/app",
    "SUPPORT_URL": "mailto:help@example.com",
}
WAY_BACK = '<a href="https://www.example.com/app">Back to Söhne &amp; Co</a>'
HELP = '<a href="mailto:help@example.com">Ask for help</a>'


@pytest.mark.parametrize("path", PAGES)
class TestAPageOfAServiceWithAName:
    def test_leads_back_and_offers_help(self, open_door: OpenDoor, path: str) -> None:
        shown = open_door(**SITE).get(f"{path}?token=x").text
        assert WAY_BACK in shown
        assert HELP in shown
        assert " · Söhne &amp; Co</title>" in shown

    def test_does_so_where_a_form_is_refused(self, open_door: OpenDoor, path: str) -> None:
        refused = submit(open_door(**SITE), path, "x")
        assert (refused.status_code, WAY_BACK in refused.text, HELP in refused.text) == (
            400,
            True,
            True,
        )

    def test_leads_nowhere_unless_it_is_said_where(self, door: Door, path: str) -> None:
        shown = door.get(f"{path}?token=x").text
        assert not re.search(r'<a href="(http|mailto)', shown)
        assert " · localhost</title>" in shown


def test_a_page_of_the_documentation_leads_to_no_service(open_door: OpenDoor) -> None:
    door = open_door(**SITE)
    assert "Back to" not in door.get("/docs/errors").text + door.get("/docs/errors/none").text


class TestTheUnlockPage:
    @pytest.fixture
    def token(self, door: Door) -> str:
        door.join(ADA)
        for _ in range(5):
            door.log_in(ADA, "a wrong password")
        return door.token(ADA)

    def test_lets_nobody_in_by_being_opened(self, door: Door, token: str) -> None:
        for _ in range(3):
            shown = door.get(f"/unlock?token={token}&utm_source=gateway")
            assert f'name="token" value="{token}"' in shown.text
        assert submit(door, "/unlock", token).status_code == 200

    def test_shows_the_owner_a_device_token_that_works(self, door: Door, token: str) -> None:
        shown = submit(door, "/unlock", token).text
        tokens = re.findall(r"[\w-]{43}", shown)
        assert 200 in {door.log_in(ADA, device=each).status_code for each in tokens}
        assert door.log_in(ADA).json["code"] == "login_locked"

    def test_works_once(self, door: Door, token: str) -> None:
        submit(door, "/unlock", token)
        refused = submit(door, "/unlock", token)
        assert (refused.status_code, refused.headers["Content-Type"]) == (
            400,
            "text/html; charset=utf-8",
        )
