"""Who is logged in changes the password by proving the old one; everybody else is logged out."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from falcon.testing import Result

from tests.app_client import PASSWORD, Door, OpenDoor

ADA = "ada@example.com"
ANOTHER = "another battery staple"
WRONG = "a wrong password"
Tokens = dict[str, Any]


@pytest.fixture
def tokens(door: Door) -> Tokens:
    return door.join(ADA)


def change(door: Door, tokens: Tokens, current: str = PASSWORD, password: str = ANOTHER) -> Result:
    body = {"current_password": current, "new_password": password}
    return door.post("/v1/auth/password/change", tokens["access_token"], **body)


class TestAChange:
    def test_lets_the_new_password_in_and_not_the_old(self, door: Door, tokens: Tokens) -> None:
        assert change(door, tokens).status_code == 200
        assert door.log_in(ADA, ANOTHER).status_code == 200
        assert door.log_in(ADA).status_code == 401

    def test_leaves_its_own_session_with_new_tokens(self, door: Door, tokens: Tokens) -> None:
        renewed = change(door, tokens).json
        assert renewed["session_id"] == tokens["session_id"]
        assert door.get("/v1/auth/me", renewed["access_token"]).status_code == 200
        assert door.refresh(renewed["refresh_token"]).status_code == 200

    def test_ends_the_others(self, door: Door, tokens: Tokens) -> None:
        other = door.log_in(ADA).json
        change(door, tokens)
        assert door.get("/v1/auth/me", other["access_token"]).status_code == 401
        assert door.refresh(other["refresh_token"]).json["code"] == "refresh_token_invalid"

    def test_leaves_its_own_device_and_ends_the_others(self, door: Door, tokens: Tokens) -> None:
        own, other = tokens["device_token"], door.log_in(ADA).json["device_token"]
        change(door, tokens)
        given = [
            door.log_in(ADA, ANOTHER, device=each).json["device_token"] for each in (own, other)
        ]
        assert (given[0], given[1] == other) == (own, False)

    def test_is_told_to_the_owner(self, door: Door, tokens: Tokens) -> None:
        change(door, tokens)
        assert "was changed" in door.letters(ADA)[0].subject

    def test_is_told_however_many_letters_a_stranger_asked_for(self, open_door: OpenDoor) -> None:
        door = open_door(RATE_LIMIT_MAIL="3/h")
        tokens = door.join(ADA)
        for _ in range(5):
            door.post("/v1/auth/password/forgot", email=ADA)
        change(door, tokens)
        assert "was changed" in door.letters(ADA)[0].subject

    def test_admits_nobody_whose_old_password_was_just_checked(
        self, door: Door, tokens: Tokens
    ) -> None:
        owner = door.services.login.credentials.check(ADA, PASSWORD)
        change(door, tokens)
        with pytest.raises(Exception, match="password is wrong"):
            door.services.login.credentials.admit(owner)

    def test_succeeds_once_when_many_prove_the_same_old_one(
        self, door: Door, tokens: Tokens
    ) -> None:
        with ThreadPoolExecutor(8) as pool:
            answers = pool.map(
                lambda n: change(door, tokens, password=f"{ANOTHER} {n}").status_code, range(8)
            )
            first, *others = sorted(answers)
        assert first == 200
        assert {*others} <= {401, 403}

    def test_is_not_undone_by_the_letter_that_proves_the_address(self, open_door: OpenDoor) -> None:
        door = open_door(AUTH_EMAIL_VERIFICATION_REQUIRED="false")
        door.register(ADA)
        proving = door.token(ADA)
        change(door, door.log_in(ADA).json)
        door.verify(proving)
        assert door.log_in(ADA, ANOTHER).status_code == 200


class TestARefusedChange:
    def test_does_not_know_the_old_password(self, door: Door, tokens: Tokens) -> None:
        refused = change(door, tokens, WRONG)
        assert (refused.status_code, refused.json["code"]) == (403, "invalid_credentials")
        assert door.log_in(ADA).status_code == 200

    def test_spends_the_budget_of_the_device(self, door: Door, tokens: Tokens) -> None:
        answers = [change(door, tokens, WRONG) for _ in range(6)]
        assert [each.status_code for each in answers] == [403] * 5 + [429]
        assert change(door, tokens).json["code"] == "login_locked"

    @pytest.mark.parametrize("password", ["short", "password123", ADA])
    def test_has_a_new_password_that_is_no_good(
        self, door: Door, tokens: Tokens, password: str
    ) -> None:
        refused = change(door, tokens, password=password)
        assert (refused.status_code, refused.json["code"]) == (422, "password_unacceptable")
        assert [each["pointer"] for each in refused.json["errors"]] == ["#/new_password"]
        assert door.log_in(ADA).status_code == 200
