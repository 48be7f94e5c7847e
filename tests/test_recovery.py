"""Whoever reads the letter chooses a new password, once; everybody else is out from then on."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from falcon.testing import Result

from tests.app_client import PASSWORD, Door, OpenDoor

ADA = "ada@example.com"
ANOTHER = "another battery staple"
WRONG = "a wrong password"
FORGOT = "/v1/auth/password/forgot"
RESET = "/v1/auth/password/reset"
Later = Callable[..., None]
Tokens = dict[str, Any]


@pytest.fixture
def tokens(door: Door) -> Tokens:
    return door.join(ADA)


@pytest.fixture
def token(door: Door, tokens: Tokens) -> str:
    return ask(door)


def ask(door: Door, email: str = ADA) -> str:
    """The token of a new letter."""
    assert door.post(FORGOT, email=email).status_code == 202
    return door.token(email)


def reset(door: Door, token: str, password: str = ANOTHER) -> Result:
    return door.post(RESET, token=token, password=password)


def refused(result: Result) -> tuple[int, str]:
    return result.status_code, result.json["code"]


class TestAForgottenPassword:
    @pytest.mark.parametrize("email", [ADA, " ADA@Example.com ", "nobody@example.com", "nonsense"])
    def test_is_answered_the_same_for_everybody(
        self, door: Door, tokens: Tokens, email: str
    ) -> None:
        answered = door.post(FORGOT, email=email)
        assert (answered.status_code, answered.json) == (202, {"status": "accepted"})

    def test_is_written_about_to_the_stored_address(self, door: Door, tokens: Tokens) -> None:
        door.post(FORGOT, email=" ADA@Example.com ")
        assert "new password" in door.letters(ADA)[0].subject

    def test_brings_no_letter_to_strangers(self, door: Door, tokens: Tokens) -> None:
        door.post(FORGOT, email="nobody@example.com")
        assert door.letters("nobody@example.com") == []

    def test_brings_no_letter_to_a_disabled_account(self, door: Door, tokens: Tokens) -> None:
        door.services.database.run("UPDATE account SET disabled_at = now()")
        before = len(door.letters(ADA))
        door.post(FORGOT, email=ADA)
        assert len(door.letters(ADA)) == before

    def test_gets_no_more_letters_than_the_limit(self, open_door: OpenDoor) -> None:
        door = open_door(RATE_LIMIT_MAIL="2/h")
        door.join(ADA)
        before = len(door.letters(ADA))
        answers = {door.post(FORGOT, email=ADA).status_code for _ in range(3)}
        assert (answers, len(door.letters(ADA)) - before) == ({202}, 2)


class TestTheTokenInTheLetter:
    def test_lets_the_new_password_in_and_not_the_old(self, door: Door, token: str) -> None:
        assert reset(door, token).status_code == 200
        assert door.log_in(ADA, ANOTHER).status_code == 200
        assert refused(door.log_in(ADA)) == (401, "invalid_credentials")

    def test_works_once(self, door: Door, token: str) -> None:
        reset(door, token)
        assert refused(reset(door, token)) == (400, "token_invalid")

    def test_works_once_when_thirty_try_at_the_same_time(self, door: Door, token: str) -> None:
        with ThreadPoolExecutor(30) as pool:
            answers = pool.map(
                lambda n: reset(door, token, f"{ANOTHER} {n}").status_code, range(30)
            )
            assert Counter(answers) == {200: 1, 400: 29}

    def test_works_for_every_letter_until_one_is_used(self, door: Door, token: str) -> None:
        newer = ask(door)
        assert reset(door, token).status_code == 200
        assert refused(reset(door, newer)) == (400, "token_invalid")

    def test_expires_after_an_hour(self, door: Door, token: str, later: Later) -> None:
        later(hours=1)
        assert refused(reset(door, token)) == (400, "token_expired")

    def test_is_void_once_the_password_was_changed(
        self, door: Door, tokens: Tokens, token: str
    ) -> None:
        change = {"current_password": PASSWORD, "new_password": "third battery staple"}
        door.post("/v1/auth/password/change", tokens["access_token"], **change)
        assert refused(reset(door, token)) == (400, "token_invalid")

    def test_does_nothing_for_an_account_disabled_since(self, door: Door, token: str) -> None:
        door.services.database.run("UPDATE account SET disabled_at = now()")
        assert refused(reset(door, token)) == (400, "token_invalid")

    def test_is_kept_as_a_digest_only(self, door: Door, token: str) -> None:
        (stored,) = door.services.database.fetch_all(
            "SELECT t::text FROM letter_token AS t WHERE purpose = 'reset'"
        )
        assert token not in stored.t

    @pytest.mark.parametrize("forged", ["", "x", "x" * 43, "x" * 5000, "ü" * 43, "%00"])
    def test_cannot_be_made_up(self, door: Door, token: str, forged: str) -> None:
        assert refused(reset(door, forged)) == (400, "token_invalid")


class TestARefusedPassword:
    @pytest.mark.parametrize("password", ["short", "password123", "x" * 129, ADA, "ADA"])
    def test_leaves_the_token_usable(self, door: Door, token: str, password: str) -> None:
        assert refused(reset(door, token, password)) == (422, "password_unacceptable")
        assert reset(door, token).status_code == 200

    def test_is_not_looked_at_before_the_token(self, door: Door) -> None:
        assert refused(reset(door, "x" * 43, "short")) == (400, "token_invalid")

    def test_leaves_the_old_one_in_force(self, door: Door, token: str) -> None:
        reset(door, token, "short")
        assert door.log_in(ADA).status_code == 200


class TestAReset:
    def test_ends_every_session(self, door: Door, tokens: Tokens, token: str) -> None:
        other = door.log_in(ADA).json
        reset(door, token)
        seen = [door.get("/v1/auth/me", each["access_token"]) for each in (tokens, other)]
        assert [each.status_code for each in seen] == [401, 401]

    def test_ends_every_refresh_token(self, door: Door, tokens: Tokens, token: str) -> None:
        reset(door, token)
        assert refused(door.refresh(tokens["refresh_token"])) == (401, "refresh_token_invalid")

    def test_lets_a_session_begin_at_the_same_moment(self, door: Door, token: str) -> None:
        reset(door, token)
        begun = door.log_in(ADA, ANOTHER).json
        assert door.get("/v1/auth/me", begun["access_token"]).status_code == 200
        assert door.refresh(begun["refresh_token"]).status_code == 200

    def test_ends_every_device(self, door: Door, tokens: Tokens, token: str) -> None:
        reset(door, token)
        again = door.log_in(ADA, ANOTHER, device=tokens["device_token"]).json
        assert again["device_token"] != tokens["device_token"]

    def test_gives_a_device_that_is_known(self, door: Door, token: str) -> None:
        device = reset(door, token).json["device_token"]
        assert door.log_in(ADA, ANOTHER, device=device).json["device_token"] == device

    def test_ends_the_lock(self, door: Door, token: str) -> None:
        for _ in range(6):
            door.log_in(ADA, WRONG)
        assert reset(door, token).status_code == 200
        assert door.log_in(ADA, ANOTHER).status_code == 200
        (lock,) = door.services.protection.locks.newest(limit=2)
        assert lock.released_by == "reset"

    def test_voids_the_links_that_let_an_owner_in(self, door: Door, token: str) -> None:
        for _ in range(6):
            door.log_in(ADA, WRONG)
        unlocking = door.token(ADA)
        reset(door, token)
        assert refused(door.post("/v1/auth/unlock", token=unlocking)) == (400, "token_invalid")

    def test_is_told_to_the_owner(self, door: Door, token: str) -> None:
        reset(door, token)
        letter = door.letters(ADA)[0]
        assert "was changed" in letter.subject
        assert "12:00 UTC on 1 March 2026" in letter.text
        assert "127.0.0.1" in letter.text

    def test_admits_nobody_whose_old_password_was_just_checked(
        self, door: Door, token: str
    ) -> None:
        owner = door.services.login.credentials.check(ADA, PASSWORD)
        reset(door, token)
        with pytest.raises(Exception, match="password is wrong"):
            door.services.login.credentials.admit(owner)


class TestAnAddressNotProven:
    @pytest.fixture
    def token(self, door: Door) -> str:
        door.register(ADA, display_name="Not Ada")
        return ask(door)

    def test_is_proven_by_the_letter(self, door: Door, token: str) -> None:
        reset(door, token)
        assert door.log_in(ADA, ANOTHER).status_code == 200

    def test_takes_nothing_over_from_whoever_claimed_it(self, door: Door, token: str) -> None:
        reset(door, token)
        bearer = door.log_in(ADA, ANOTHER).json["access_token"]
        account = door.get("/v1/auth/me", bearer).json
        assert (account["email"], account["display_name"]) == (ADA, None)
        assert account["email_verified"] is True

    def test_voids_the_registrations(self, door: Door) -> None:
        door.register(ADA)
        registered = door.token(ADA)
        reset(door, ask(door))
        assert refused(door.verify(registered)) == (401, "invalid_credentials")
        assert door.verify(registered, ANOTHER).status_code == 200

    def test_is_still_reset_when_it_was_proven_since(self, door: Door) -> None:
        door.register(ADA)
        claiming, token = door.token(ADA), ask(door)
        door.verify(claiming)
        assert reset(door, token).status_code == 200
        assert door.log_in(ADA, ANOTHER).status_code == 200

    def test_is_proven_where_accounts_open_without(self, open_door: OpenDoor) -> None:
        door = open_door(AUTH_EMAIL_VERIFICATION_REQUIRED="false")
        door.register(ADA)
        reset(door, ask(door))
        bearer = door.log_in(ADA, ANOTHER).json["access_token"]
        assert door.get("/v1/auth/me", bearer).json["email_verified"] is True


class TestThePageBehindTheLink:
    def test_changes_nothing_when_it_is_opened(self, door: Door, token: str) -> None:
        link = f"/reset-password?token={token}&utm_source=gateway"
        assert [door.get(link).status_code for _ in range(3)] == [200] * 3
        assert door.log_in(ADA).status_code == 200
        assert reset(door, token).status_code == 200

    def test_asks_for_a_password_that_is_new(self, door: Door, token: str) -> None:
        shown = door.get(f"/reset-password?token={token}").text
        assert 'type="password" autocomplete="new-password"' in shown
        assert "<script" not in shown

    def test_takes_its_form(self, door: Door, token: str) -> None:
        assert submit(door, f"token={token}&password=another+battery+staple").status_code == 200
        assert door.log_in(ADA, ANOTHER).status_code == 200

    @pytest.mark.parametrize("password", ["short", "", "another%00battery", "another%0Abattery"])
    def test_says_why_a_password_is_refused(self, door: Door, token: str, password: str) -> None:
        shown = submit(door, f"token={token}&password={password}")
        assert shown.status_code == 422
        assert "The password " in shown.text
        assert f'name="token" value="{token}"' in shown.text

    @pytest.mark.parametrize(
        "form", ["token=forged&password=another+battery", "token=%ff", "other=1"]
    )
    def test_says_that_a_bad_token_is_bad(self, door: Door, form: str) -> None:
        shown = submit(door, form)
        assert (shown.status_code, "unknown or has been used" in shown.text) == (400, True)


def submit(door: Door, form: str) -> Result:
    media = {"Content-Type": "application/x-www-form-urlencoded"}
    return door.send("POST", "/reset-password", body=form, headers=media)
