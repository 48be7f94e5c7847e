"""An administrator finds accounts, and decides who may use them; never about their own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.app_client import PASSWORD, Door

ADMIN = "admin@example.com"
ADA = "ada@example.com"
PATH = "/v1/admin/accounts"
UNKNOWN = "01a20799-e9a6-743a-8609-6faab50c5d60"
VERBS = ("disable", "enable", "unlock")
Later = Callable[..., None]


@pytest.fixture
def bearer(door: Door) -> str:
    door.services.accounts.administration.create(ADMIN, PASSWORD, roles=["admin"])
    return str(door.log_in(ADMIN).json["access_token"])


@pytest.fixture
def tokens(door: Door, bearer: str) -> dict[str, Any]:
    return door.join(ADA)


@pytest.fixture
def ada(door: Door, tokens: dict[str, Any]) -> str:
    """The path of her account."""
    return f"{PATH}/{door.get('/v1/auth/me', tokens['access_token']).json['id']}"


@pytest.fixture
def own(door: Door, bearer: str) -> str:
    return f"{PATH}/{door.get('/v1/auth/me', bearer).json['id']}"


def emails(door: Door, query: str, bearer: str) -> list[str]:
    return [item["email"] for item in door.get(f"{PATH}?{query}", bearer).json["items"]]


def guess(door: Door, device: str = "") -> None:
    for _ in range(6):
        door.log_in(ADA, "a wrong password", device=device)


def events(capsys: pytest.CaptureFixture[str], event: str) -> int:
    return capsys.readouterr().out.count(event)


class TestTheList:
    def test_shows_an_account_as_promised(self, door: Door, bearer: str, ada: str) -> None:
        shown = door.get(PATH, bearer).json["items"][0]
        assert shown == {
            "id": ada.rpartition("/")[2],
            "email": ADA,
            "display_name": None,
            "email_verified": True,
            "roles": [],
            "created_at": "2026-03-01T12:00:00Z",
            "disabled_at": None,
            "locked_until": None,
            "last_login_at": "2026-03-01T12:00:00Z",
        }

    def test_is_read_in_pages(self, door: Door, bearer: str) -> None:
        for name in ("ada", "bob", "eve"):
            door.services.accounts.administration.create(f"{name}@example.com", PASSWORD)
        first = door.get(f"{PATH}?limit=3", bearer).json
        rest = door.get(f"{PATH}?limit=3&cursor={first['next_cursor']}", bearer).json
        listed = [item["email"].partition("@")[0] for item in first["items"] + rest["items"]]
        assert listed == ["eve", "bob", "ada", "admin"]
        assert rest["next_cursor"] is None

    @pytest.mark.parametrize(
        "email", ["ada@example.com", "%20ADA@Example.COM%20", "aDA@EXAMPLE.com"]
    )
    def test_finds_an_address_in_any_spelling(
        self, door: Door, bearer: str, ada: str, email: str
    ) -> None:
        assert emails(door, f"email={email}", bearer) == [ADA]

    @pytest.mark.parametrize("email", ["ada", "ada@example", "%25", "ada@example.com%20x"])
    def test_finds_nothing_by_a_part(self, door: Door, bearer: str, ada: str, email: str) -> None:
        assert emails(door, f"email={email}", bearer) == []

    @pytest.mark.parametrize("query", ["email=", "email=a%00b", "limit=0", "cursor=x", "name=x"])
    def test_refuses_what_it_does_not_know(self, door: Door, bearer: str, query: str) -> None:
        assert door.get(f"{PATH}?{query}", bearer).status_code == 422


class TestAnAccount:
    def test_is_shown_as_in_the_list(self, door: Door, bearer: str, ada: str) -> None:
        assert door.get(ada, bearer).json == door.get(PATH, bearer).json["items"][0]

    def test_says_until_when_it_is_locked(
        self, door: Door, bearer: str, tokens: dict[str, Any], ada: str, later: Later
    ) -> None:
        guess(door)
        later(minutes=5)
        guess(door, device=tokens["device_token"])
        assert door.get(ada, bearer).json["locked_until"] == "2026-03-01T12:20:00Z"

    def test_is_locked_no_longer_than_the_clock_says(
        self, door: Door, ada: str, later: Later
    ) -> None:
        guess(door)
        later(minutes=15)
        bearer = door.log_in(ADMIN).json["access_token"]
        assert door.get(ada, bearer).json["locked_until"] is None

    @pytest.mark.parametrize("verb", ["", *VERBS])
    def test_that_is_unknown_is_not_found(self, door: Door, bearer: str, verb: str) -> None:
        path = f"{PATH}/{UNKNOWN}/{verb}".rstrip("/")
        refused = door.send("POST" if verb else "DELETE", path, bearer=bearer)
        assert (refused.status_code, refused.json["code"]) == (404, "not_found")

    @pytest.mark.parametrize("verb", ["", *VERBS])
    def test_is_for_administrators(
        self, door: Door, tokens: dict[str, Any], ada: str, verb: str
    ) -> None:
        method = "POST" if verb else "DELETE"
        refused = door.send(method, f"{ada}/{verb}".rstrip("/"), bearer=tokens["access_token"])
        assert (refused.status_code, refused.json["code"]) == (403, "forbidden")


class TestDisabling:
    @pytest.fixture
    def disabled(self, door: Door, bearer: str, ada: str) -> Any:
        return door.post(f"{ada}/disable", bearer).json

    def test_answers_with_the_account(self, door: Door, bearer: str, ada: str) -> None:
        answered = door.post(f"{ada}/disable", bearer)
        assert answered.status_code == 200
        assert answered.json["disabled_at"] == "2026-03-01T12:00:00Z"
        assert answered.json == door.get(ada, bearer).json

    def test_lets_nobody_in(self, door: Door, disabled: Any) -> None:
        assert door.log_in(ADA).json["code"] == "account_disabled"

    def test_ends_what_was_begun(self, door: Door, tokens: dict[str, Any], disabled: Any) -> None:
        assert door.get("/v1/auth/me", tokens["access_token"]).status_code == 401
        refused = door.refresh(tokens["refresh_token"])
        assert refused.json["code"] == "refresh_token_invalid"

    def test_ends_it_for_good(
        self, door: Door, bearer: str, ada: str, tokens: dict[str, Any], disabled: Any
    ) -> None:
        assert door.post(f"{ada}/enable", bearer).json["disabled_at"] is None
        assert door.get("/v1/auth/me", tokens["access_token"]).status_code == 401
        assert door.refresh(tokens["refresh_token"]).status_code == 401

    def test_may_be_repeated(
        self, door: Door, bearer: str, ada: str, disabled: Any, later: Later
    ) -> None:
        later(minutes=5)
        assert door.post(f"{ada}/disable", bearer).json == disabled

    def test_is_a_fact_once(
        self, door: Door, bearer: str, ada: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for _ in range(2):
            door.post(f"{ada}/disable", bearer)
        assert events(capsys, "account_disabled ") == 1

    def test_leaves_no_login_that_came_at_the_same_time(
        self, door: Door, bearer: str, ada: str
    ) -> None:
        with ThreadPoolExecutor(8) as crowd:
            coming = [crowd.submit(door.log_in, ADA) for _ in range(7)]
            crowd.submit(door.post, f"{ada}/disable", bearer).result()
        door.post(f"{ada}/enable", bearer)
        let_in = [each.result().json for each in coming if each.result().status_code == 200]
        assert {door.get("/v1/auth/me", each["access_token"]).status_code for each in let_in} <= {
            401
        }


class TestEnabling:
    def test_lets_in_again(self, door: Door, bearer: str, ada: str) -> None:
        for verb in ("disable", "enable", "enable"):
            assert door.post(f"{ada}/{verb}", bearer).status_code == 200
        assert door.log_in(ADA).status_code == 200


class TestUnlocking:
    def test_releases_the_address_and_its_devices(
        self, door: Door, bearer: str, ada: str, tokens: dict[str, Any]
    ) -> None:
        guess(door)
        guess(door, device=tokens["device_token"])
        assert door.post(f"{ada}/unlock", bearer).json["locked_until"] is None
        assert door.log_in(ADA).status_code == 200
        assert door.log_in(ADA, device=tokens["device_token"]).status_code == 200

    def test_is_said_to_be_an_administrators(self, door: Door, bearer: str, ada: str) -> None:
        guess(door)
        door.post(f"{ada}/unlock", bearer)
        (lock,) = door.get("/v1/admin/lockouts", bearer).json["items"]
        assert lock["released_by"] == "admin"

    def test_of_one_that_is_not_locked_is_done(self, door: Door, bearer: str, ada: str) -> None:
        assert door.post(f"{ada}/unlock", bearer).status_code == 200


class TestDeleting:
    def test_leaves_nothing_to_log_in_with(self, door: Door, bearer: str, ada: str) -> None:
        assert door.send("DELETE", ada, bearer=bearer).status_code == 204
        assert door.get(ada, bearer).status_code == 404
        assert door.log_in(ADA).json["code"] == "invalid_credentials"

    def test_ends_its_sessions(
        self, door: Door, bearer: str, ada: str, tokens: dict[str, Any]
    ) -> None:
        door.send("DELETE", ada, bearer=bearer)
        assert door.get("/v1/auth/me", tokens["access_token"]).status_code == 401
        assert door.refresh(tokens["refresh_token"]).status_code == 401

    def test_leaves_the_address_free(self, door: Door, bearer: str, ada: str) -> None:
        door.send("DELETE", ada, bearer=bearer)
        assert door.join(ADA)["access_token"]


class TestTheOwnAccount:
    def test_is_neither_disabled_nor_deleted(self, door: Door, bearer: str, own: str) -> None:
        for refused in (
            door.post(f"{own}/disable", bearer),
            door.send("DELETE", own, bearer=bearer),
        ):
            assert (refused.status_code, refused.json["code"]) == (403, "forbidden")
        assert door.get(own, bearer).json["disabled_at"] is None

    def test_may_be_unlocked(self, door: Door, bearer: str, own: str) -> None:
        assert door.post(f"{own}/unlock", bearer).status_code == 200
