"""A refresh token works once; a lost answer is given again, anything later ends the session."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest

from tests.app_client import Door, OpenDoor

ADA = "ada@example.com"
Later = Callable[..., None]
Tokens = dict[str, Any]


@pytest.fixture
def tokens(door: Door) -> Tokens:
    return door.join(ADA)


def end_devices(door: Door, tokens: Tokens) -> None:
    account_id = UUID(door.get("/v1/auth/me", tokens["access_token"]).json["id"])
    door.services.protection.devices.end_all(account_id)


class TestARefreshToken:
    def test_is_replaced_by_another(self, door: Door, tokens: Tokens) -> None:
        renewed = door.refresh(tokens["refresh_token"]).json
        assert renewed["refresh_token"] != tokens["refresh_token"]
        assert door.get("/v1/auth/me", renewed["access_token"]).status_code == 200

    def test_goes_on_with_the_same_session_and_device(self, door: Door, tokens: Tokens) -> None:
        renewed = door.refresh(tokens["refresh_token"]).json
        assert renewed["session_id"] == tokens["session_id"]
        assert renewed["device_token"] == tokens["device_token"]

    def test_takes_the_device_along_that_was_presented(self, door: Door, tokens: Tokens) -> None:
        other = door.log_in(ADA).json["device_token"]
        renewed = door.refresh(tokens["refresh_token"], device=other).json
        assert renewed["device_token"] == other
        assert door.refresh(renewed["refresh_token"]).json["device_token"] == other

    def test_gets_a_new_device_where_the_old_one_is_known_no_more(
        self, door: Door, tokens: Tokens
    ) -> None:
        end_devices(door, tokens)
        renewed = door.refresh(tokens["refresh_token"], device=tokens["device_token"]).json
        device = renewed["device_token"]
        assert device != tokens["device_token"]
        assert door.log_in(ADA, device=device).json["device_token"] == device
        assert door.refresh(renewed["refresh_token"]).json["device_token"] == device

    def test_gets_a_device_token_that_is_still_known(
        self, door: Door, tokens: Tokens, later: Later
    ) -> None:
        """Where another session has made the device of both known again, by a token of its own."""
        other = door.log_in(ADA, device=tokens["device_token"]).json
        end_devices(door, tokens)
        later(minutes=1)
        door.refresh(other["refresh_token"])
        device = door.refresh(tokens["refresh_token"]).json["device_token"]
        assert door.log_in(ADA, device=device).json["device_token"] == device

    def test_starts_its_life_anew_at_each_rotation(
        self, door: Door, tokens: Tokens, later: Later
    ) -> None:
        later(days=29)
        renewed = door.refresh(tokens["refresh_token"]).json
        later(days=29)
        assert door.refresh(renewed["refresh_token"]).status_code == 200

    def test_expires_after_thirty_days(self, door: Door, tokens: Tokens, later: Later) -> None:
        later(days=30)
        refused = door.refresh(tokens["refresh_token"])
        assert (refused.status_code, refused.json["code"]) == (401, "refresh_token_expired")

    def test_does_not_outlive_the_session(self, door: Door, tokens: Tokens, later: Later) -> None:
        token = tokens["refresh_token"]
        for _ in range(4):
            later(days=22)
            answered = door.refresh(token).json
            token = answered["refresh_token"]
        assert answered["refresh_expires_in"] == 2 * 24 * 3600
        later(days=2)
        assert door.refresh(token).json["code"] == "refresh_token_expired"

    @pytest.mark.parametrize("forged", ["", "x", "x" * 43, "x" * 9000, "\u00fc" * 43])
    def test_cannot_be_made_up(self, door: Door, tokens: Tokens, forged: str) -> None:
        refused = door.refresh(forged)
        assert (refused.status_code, refused.json["code"]) == (401, "refresh_token_invalid")

    def test_is_kept_as_a_digest_only(self, door: Door, tokens: Tokens) -> None:
        renewed = door.refresh(tokens["refresh_token"]).json
        stored = str(door.services.database.fetch_all("SELECT t::text FROM refresh_token AS t"))
        assert renewed["refresh_token"] not in stored
        assert renewed["device_token"] not in stored


class TestALostAnswer:
    def test_is_given_again(self, door: Door, tokens: Tokens, later: Later) -> None:
        first = door.refresh(tokens["refresh_token"]).json
        later(seconds=10)
        again = door.refresh(tokens["refresh_token"]).json
        assert again["refresh_token"] == first["refresh_token"]

    def test_is_given_again_only_for_ten_seconds(
        self, door: Door, tokens: Tokens, later: Later
    ) -> None:
        door.refresh(tokens["refresh_token"])
        later(seconds=10.001)
        assert door.refresh(tokens["refresh_token"]).json["code"] == "refresh_token_reused"

    def test_was_not_lost_when_the_successor_was_used(self, door: Door, tokens: Tokens) -> None:
        door.refresh(door.refresh(tokens["refresh_token"]).json["refresh_token"])
        assert door.refresh(tokens["refresh_token"]).json["code"] == "refresh_token_reused"

    def test_is_not_given_again_without_a_grace(self, open_door: OpenDoor, later: Later) -> None:
        door = open_door(AUTH_REFRESH_GRACE_SECONDS="0")
        token = door.join(ADA)["refresh_token"]
        door.refresh(token)
        later(seconds=0.001)
        assert door.refresh(token).status_code == 401


class TestAReusedToken:
    def test_ends_the_session(self, door: Door, tokens: Tokens, later: Later) -> None:
        renewed = door.refresh(tokens["refresh_token"]).json
        later(minutes=1)
        door.refresh(tokens["refresh_token"])
        assert door.refresh(renewed["refresh_token"]).json["code"] == "refresh_token_invalid"
        assert door.get("/v1/auth/me", renewed["access_token"]).status_code == 401

    def test_leaves_other_sessions_alone(self, door: Door, tokens: Tokens, later: Later) -> None:
        other = door.log_in(ADA).json
        door.refresh(tokens["refresh_token"])
        later(minutes=1)
        door.refresh(tokens["refresh_token"])
        assert door.refresh(other["refresh_token"]).status_code == 200


class TestFiftyUsesAtOnce:
    def test_get_one_and_the_same_successor(self, door: Door, tokens: Tokens) -> None:
        with ThreadPoolExecutor(10) as pool:
            uses = pool.map(lambda _: door.refresh(tokens["refresh_token"]), range(50))
            answered = {(use.status_code, use.json["refresh_token"]) for use in uses}
        assert len(answered) == 1
        rows = door.services.database.fetch_all("SELECT digest FROM refresh_token")
        assert len(rows) == 2

    def test_never_survive_a_logout(self, door: Door, tokens: Tokens) -> None:
        with ThreadPoolExecutor(8) as pool:
            uses = [pool.submit(door.refresh, tokens["refresh_token"]) for _ in range(10)]
            door.post("/v1/auth/logout", tokens["access_token"])
        last = uses[0].result().json.get("refresh_token", tokens["refresh_token"])
        assert door.refresh(last).status_code == 401
