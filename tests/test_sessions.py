"""A session is over at once when its owner ends it, whatever its tokens still say."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.app_client import PASSWORD, Door

ADA = "ada@example.com"
ME = "/v1/auth/me"


@pytest.fixture
def tokens(door: Door) -> dict[str, Any]:
    return door.join(ADA)


@pytest.fixture
def bearer(tokens: dict[str, Any]) -> str:
    return str(tokens["access_token"])


class TestLogout:
    def test_ends_the_session(self, door: Door, tokens: dict[str, Any], bearer: str) -> None:
        assert door.post("/v1/auth/logout", bearer).status_code == 204
        assert door.get(ME, bearer).status_code == 401
        assert door.refresh(tokens["refresh_token"]).json["code"] == "refresh_token_invalid"

    def test_leaves_other_sessions_alone(self, door: Door, bearer: str) -> None:
        other = door.log_in(ADA).json["access_token"]
        door.post("/v1/auth/logout", bearer)
        assert door.get(ME, other).status_code == 200


class TestEndingASession:
    def test_ends_one(self, door: Door, bearer: str) -> None:
        other = door.log_in(ADA).json
        path = f"/v1/auth/sessions/{other['session_id']}"
        assert door.send("DELETE", path, bearer=bearer).status_code == 204
        assert door.get(ME, other["access_token"]).status_code == 401
        assert door.send("DELETE", path, bearer=bearer).status_code == 404

    def test_ends_all_others(self, door: Door, bearer: str) -> None:
        others = [door.log_in(ADA).json["access_token"] for _ in range(3)]
        assert door.send("DELETE", "/v1/auth/sessions", bearer=bearer).status_code == 204
        assert [door.get(ME, other).status_code for other in others] == [401] * 3
        assert door.get(ME, bearer).status_code == 200

    @pytest.mark.parametrize("session_id", ["x", "01a20799-e9a6-743a-8609-6faab50c5d60"])
    def test_that_does_not_exist_is_not_found(
        self, door: Door, bearer: str, session_id: str
    ) -> None:
        refused = door.send("DELETE", f"/v1/auth/sessions/{session_id}", bearer=bearer)
        assert (refused.status_code, refused.json["code"]) == (404, "not_found")

    def test_of_somebody_else_is_not_found(self, door: Door, bearer: str) -> None:
        foreign = door.join("grace@example.com")
        path = f"/v1/auth/sessions/{foreign['session_id']}"
        assert door.send("DELETE", path, bearer=bearer).status_code == 404
        assert door.get(ME, foreign["access_token"]).status_code == 200


class TestASession:
    def test_ends_at_its_own_age(self, door: Door, bearer: str, later: Callable[..., None]) -> None:
        later(days=90)
        assert door.get(ME, bearer).status_code == 401

    def test_ends_with_its_account_disabled(
        self, door: Door, tokens: dict[str, Any], bearer: str
    ) -> None:
        door.services.database.run("UPDATE account SET disabled_at = now()")
        assert door.get(ME, bearer).status_code == 401
        assert door.refresh(tokens["refresh_token"]).status_code == 401


class TestTheOwnAccount:
    def test_can_be_renamed(self, door: Door, bearer: str) -> None:
        changed = door.send("PATCH", ME, bearer=bearer, json={"display_name": "Ada"})
        assert (changed.status_code, changed.json["display_name"]) == (200, "Ada")
        cleared = door.send("PATCH", ME, bearer=bearer, json={"display_name": None})
        assert cleared.json["display_name"] is None

    def test_is_deleted_with_everything(self, door: Door, bearer: str) -> None:
        gone = door.send("DELETE", ME, bearer=bearer, json={"password": PASSWORD})
        assert gone.status_code == 204
        assert door.get(ME, bearer).status_code == 401
        assert door.log_in(ADA).json["code"] == "invalid_credentials"

    def test_is_not_deleted_without_its_password(self, door: Door, bearer: str) -> None:
        refused = door.send("DELETE", ME, bearer=bearer, json={"password": "a wrong one"})
        assert (refused.status_code, refused.json["code"]) == (403, "invalid_credentials")
        assert door.get(ME, bearer).status_code == 200
