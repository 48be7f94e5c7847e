"""The right password opens a session and makes the client a known device."""

import pytest

from tests.app_client import PASSWORD, Door, OpenDoor
from tests.saturation import saturated

ADA = "ada@example.com"


class TestTheRightPassword:
    def test_is_answered_with_tokens(self, door: Door) -> None:
        tokens = door.join(ADA)
        assert tokens["token_type"] == "Bearer"
        assert (tokens["expires_in"], tokens["refresh_expires_in"]) == (900, 30 * 24 * 3600)

    def test_shows_in_the_list_of_sessions(self, door: Door) -> None:
        first, second = door.join(ADA), door.log_in(ADA).json
        items = door.get("/v1/auth/sessions", second["access_token"]).json["items"]
        assert {(item["id"], item["current"]) for item in items} == {
            (first["session_id"], False),
            (second["session_id"], True),
        }

    def test_does_not_help_a_disabled_account(self, door: Door) -> None:
        door.join(ADA)
        door.services.database.run("UPDATE account SET disabled_at = now()")
        refused = door.log_in(ADA)
        assert (refused.status_code, refused.json["code"]) == (403, "account_disabled")

    def test_is_hashed_again_when_the_cost_has_changed(
        self, door: Door, open_door: OpenDoor
    ) -> None:
        door.join(ADA)
        dearer = open_door(PASSWORD_HASH="argon2id:m=16,t=2,p=1")
        assert dearer.log_in(ADA).status_code == 200
        (stored,) = door.services.database.fetch_all("SELECT password_hash FROM account")
        assert stored.password_hash.startswith("$argon2id$v=19$m=16,t=2,p=1$")
        assert door.log_in(ADA).status_code == 200


class TestAWrongPassword:
    @pytest.mark.parametrize("email", [ADA, "nobody@example.com", "no address"])
    def test_is_answered_the_same_for_everybody(self, door: Door, email: str) -> None:
        door.join(ADA)
        refused = door.log_in(email, "a wrong password")
        assert (refused.status_code, refused.json["code"]) == (401, "invalid_credentials")

    def test_says_nothing_about_a_disabled_account(self, door: Door) -> None:
        door.join(ADA)
        door.services.database.run("UPDATE account SET disabled_at = now()")
        assert door.log_in(ADA, "a wrong password").json["code"] == "invalid_credentials"


class TestADevice:
    def test_is_recognised_by_its_token(self, door: Door) -> None:
        device = door.join(ADA)["device_token"]
        assert door.log_in(ADA, device=device).json["device_token"] == device

    @pytest.mark.parametrize("presented", ["", "x", "x" * 43, "x" * 4000])
    def test_that_is_unknown_gets_a_new_token(self, door: Door, presented: str) -> None:
        first = door.join(ADA)["device_token"]
        given = door.log_in(ADA, device=presented).json["device_token"]
        assert given not in {first, presented}

    def test_of_another_account_gets_a_new_token(self, door: Door) -> None:
        foreign = door.join("grace@example.com")["device_token"]
        door.join(ADA)
        assert door.log_in(ADA, device=foreign).json["device_token"] != foreign


class TestTooManyAtOnce:
    def test_are_told_to_come_again(self, door: Door) -> None:
        with saturated(door.services.login.credentials.hashing):
            refused = door.log_in(ADA, PASSWORD)
        assert (refused.status_code, refused.json["code"]) == (503, "overloaded")
        assert refused.headers["Retry-After"] == "1"
