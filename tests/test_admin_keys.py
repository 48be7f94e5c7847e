"""An administrator sees the signing keys, and asks for the next one."""

from collections.abc import Callable
from typing import Any

import pytest
from falcon.testing import Result

from tests.app_client import Door
from tests.raw_requests import kind_of, knock, openapi

ADMIN = "admin@example.com"
PATH = "/v1/admin/keys"
ROTATE = f"{PATH}/rotate"
Later = Callable[..., None]


@pytest.fixture
def bearer(door: Door) -> str:
    door.services.accounts.administration.create(ADMIN, "correct horse battery", roles=["admin"])
    return come_back(door)


def come_back(door: Door) -> str:
    return str(door.log_in(ADMIN).json["access_token"])


def rotate(door: Door, bearer: str, raw: bytes, **environ: str | None) -> Result:
    return knock(door, "POST", ROTATE, raw, HTTP_AUTHORIZATION=f"Bearer {bearer}", **environ)


class TestTheList:
    def test_shows_a_key_as_promised(self, door: Door, bearer: str) -> None:
        (item,) = door.get(PATH, bearer).json["items"]
        assert item.pop("kid") == door.get("/.well-known/jwks.json").json["keys"][0]["kid"]
        assert item == {
            "state": "active",
            "published_at": "2026-03-01T12:00:00Z",
            "active_at": "2026-03-01T12:00:00Z",
            "retiring_at": None,
        }

    def test_shows_the_newest_first(self, door: Door, bearer: str) -> None:
        door.services.keys.rotate()
        first, last = door.get(PATH, bearer).json["items"]
        assert (first["state"], last["state"]) == ("published", "active")
        assert first["active_at"] == last["retiring_at"] == "2026-03-01T12:10:00Z"

    def test_is_read_in_pages(self, door: Door, bearer: str, later: Later) -> None:
        for _ in range(2):
            door.services.keys.rotate()
            later(minutes=10)
        bearer = come_back(door)
        first = door.get(f"{PATH}?limit=2", bearer).json
        rest = door.get(f"{PATH}?limit=2&cursor={first['next_cursor']}", bearer).json
        listed = [item["kid"] for item in first["items"] + rest["items"]]
        assert listed == [key.kid for key in door.services.keys.newest()]
        assert rest["next_cursor"] is None

    def test_ends_where_an_emergency_has_put_an_end(self, door: Door, bearer: str) -> None:
        door.services.keys.rotate()
        cursor = door.get(f"{PATH}?limit=1", bearer).json["next_cursor"]
        door.services.keys.rotate_at_once()
        assert door.get(f"{PATH}?cursor={cursor}", come_back(door)).json["items"] == []

    def test_is_for_administrators(self, door: Door) -> None:
        bearer = door.join("ada@example.com")["access_token"]
        assert door.get(PATH, bearer).json["code"] == "forbidden"
        assert door.post(ROTATE, bearer, emergency=True).json["code"] == "forbidden"


class TestRotating:
    @pytest.mark.parametrize("raw", [b"", b"{}", b'{"emergency": false}'])
    def test_publishes_a_key(self, door: Door, bearer: str, raw: bytes) -> None:
        made = rotate(door, bearer, raw)
        assert (made.status_code, made.json["state"]) == (201, "published")
        assert made.json == door.get(PATH, bearer).json["items"][0]

    def test_needs_no_body_at_all(self, door: Door, bearer: str) -> None:
        made = rotate(door, bearer, b"", CONTENT_LENGTH=None, CONTENT_TYPE=None)
        assert made.json["state"] == "published"

    def test_again_answers_with_the_one_that_is_published(self, door: Door, bearer: str) -> None:
        first, second = (rotate(door, bearer, b"") for _ in range(2))
        assert (second.status_code, second.json) == (201, first.json)

    def test_in_an_emergency_refuses_even_who_asked(self, door: Door, bearer: str) -> None:
        made = door.post(ROTATE, bearer, emergency=True)
        assert (made.status_code, made.json["state"]) == (201, "active")
        assert door.get(PATH, bearer).status_code == 401
        (item,) = door.get(PATH, come_back(door)).json["items"]
        assert item == made.json

    @pytest.mark.parametrize(
        ("raw", "environ", "refusal"),
        [
            (b"{", {}, (400, "malformed_json")),
            (b'{"emergency": "yes"}', {}, (422, "validation_failed")),
            (b'{"emergency": 1}', {}, (422, "validation_failed")),
            (b'{"urgent": true}', {}, (422, "validation_failed")),
            (b'{"emergency": true}', {"CONTENT_TYPE": None}, (415, "unsupported_media_type")),
            (b"", {"HTTP_TRANSFER_ENCODING": "chunked"}, (411, "length_required")),
        ],
    )
    def test_refuses_what_it_cannot_read(
        self, door: Door, bearer: str, raw: bytes, environ: Any, refusal: tuple[int, str]
    ) -> None:
        assert kind_of(rotate(door, bearer, raw, **environ)) == refusal
        assert len(door.services.keys.newest()) == 1

    def test_is_documented_with_a_body_that_may_be_left_out(self) -> None:
        assert openapi()["paths"][ROTATE]["post"]["requestBody"]["required"] is False
