"""An administrator sees every lock, newest first, and ends one at once."""

from collections.abc import Callable

import pytest

from tests.app_client import Door, OpenDoor

ADMIN = "admin@example.com"
ADA = "ada@example.com"
PATH = "/v1/admin/lockouts"
NOWHERE = f"{PATH}/01a20799-e9a6-743a-8609-6faab50c5d60"
Later = Callable[..., None]


@pytest.fixture
def door(open_door: OpenDoor, redis_url: str) -> Door:
    return open_door(RATE_LIMIT_REDIS_URL=redis_url)


@pytest.fixture
def bearer(door: Door) -> str:
    door.services.accounts.administration.create(ADMIN, "correct horse battery", roles=["admin"])
    return str(door.log_in(ADMIN).json["access_token"])


def lock(door: Door, email: str) -> None:
    for _ in range(6):
        door.log_in(email, "a wrong password")


class TestTheList:
    def test_shows_a_lock_as_promised(self, door: Door, bearer: str) -> None:
        lock(door, ADA)
        (item,) = door.get(PATH, bearer).json["items"]
        assert item.pop("id")
        assert item == {
            "account_id": None,
            "email": ADA,
            "failures": 5,
            "locked_at": "2026-03-01T12:00:00Z",
            "locked_until": "2026-03-01T12:15:00Z",
            "released_at": None,
            "released_by": None,
        }

    def test_is_read_in_pages(self, door: Door, bearer: str) -> None:
        emails = [f"user{number}@example.com" for number in range(3)]
        for email in emails:
            lock(door, email)
        first = door.get(f"{PATH}?limit=2", bearer).json
        rest = door.get(f"{PATH}?limit=2&cursor={first['next_cursor']}", bearer).json
        listed = [item["email"] for item in first["items"] + rest["items"]]
        assert listed == emails[::-1]
        assert rest["next_cursor"] is None

    def test_of_active_ones_goes_by_the_clock(self, door: Door, bearer: str, later: Later) -> None:
        lock(door, ADA)
        assert len(door.get(f"{PATH}?active=true", bearer).json["items"]) == 1
        later(minutes=15)
        bearer = str(door.log_in(ADMIN).json["access_token"])
        assert door.get(f"{PATH}?active=true", bearer).json["items"] == []
        (over,) = door.get(f"{PATH}?active=false", bearer).json["items"]
        assert (over["released_by"], over["released_at"]) == ("expiry", over["locked_until"])

    @pytest.mark.parametrize(
        "query", ["limit=0", "limit=101", "cursor=x", "cursor=", "active=2", "page=1"]
    )
    def test_refuses_what_it_does_not_know(self, door: Door, bearer: str, query: str) -> None:
        assert door.get(f"{PATH}?{query}", bearer).status_code == 422

    def test_is_for_administrators(self, door: Door) -> None:
        bearer = door.join(ADA)["access_token"]
        assert door.get(PATH, bearer).json["code"] == "forbidden"


class TestReleasing:
    def test_lets_in_at_once(self, door: Door, bearer: str) -> None:
        door.join(ADA)
        lock(door, ADA)
        (item,) = door.get(PATH, bearer).json["items"]
        assert door.send("DELETE", f"{PATH}/{item['id']}", bearer=bearer).status_code == 204
        assert door.log_in(ADA).status_code == 200
        assert door.get(PATH, bearer).json["items"][0]["released_by"] == "admin"

    def test_may_be_repeated(self, door: Door, bearer: str) -> None:
        lock(door, ADA)
        path = f"{PATH}/{door.get(PATH, bearer).json['items'][0]['id']}"
        statuses = [door.send("DELETE", path, bearer=bearer).status_code for _ in range(2)]
        assert statuses == [204, 204]

    def test_of_an_unknown_one_is_not_found(self, door: Door, bearer: str) -> None:
        assert door.send("DELETE", NOWHERE, bearer=bearer).status_code == 404
