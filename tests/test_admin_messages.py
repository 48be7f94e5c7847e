"""An administrator sees every letter, to whom it goes and what became of it."""

from typing import Any

import pytest

from tests.app_client import PASSWORD, Door, OpenDoor

ADMIN = "admin@example.com"
ADA = "ada@example.com"
PATH = "/v1/admin/messages"
UNKNOWN = "01a20799-e9a6-743a-8609-6faab50c5d60"
VERBS = ("retry", "cancel")


@pytest.fixture
def bearer(door: Door) -> str:
    door.services.accounts.administration.create(ADMIN, PASSWORD, roles=["admin"])
    return str(door.log_in(ADMIN).json["access_token"])


def items(door: Door, bearer: str, query: str = "") -> list[dict[str, Any]]:
    return list(door.get(f"{PATH}?{query}".rstrip("?"), bearer).json["items"])


def path_of(door: Door, bearer: str, verb: str) -> str:
    return f"{PATH}/{items(door, bearer)[0]['id']}/{verb}"


class TestTheList:
    def test_shows_a_letter_as_promised(self, door: Door, bearer: str) -> None:
        door.register(ADA)
        (item,) = items(door, bearer)
        assert item.pop("id")
        assert item == {
            "kind": "verification",
            "to": ADA,
            "status": "queued",
            "attempts": 0,
            "last_error": None,
            "due_at": "2026-03-01T12:00:00Z",
            "sent_at": None,
        }

    def test_shows_when_it_was_sent(self, door: Door, bearer: str) -> None:
        door.register(ADA)
        door.work()
        (item,) = items(door, bearer)
        assert (item["status"], item["sent_at"]) == ("sent", "2026-03-01T12:00:00Z")

    def test_shows_why_it_was_not(self, open_door: OpenDoor) -> None:
        door = open_door(SMTP_URL="smtp://127.0.0.1:1")
        door.services.accounts.administration.create(ADMIN, PASSWORD, roles=["admin"])
        door.register(ADA)
        door.work()
        (item,) = items(door, door.log_in(ADMIN).json["access_token"])
        assert (item["status"], item["attempts"]) == ("queued", 1)
        assert "refused" in item["last_error"]

    def test_names_the_owner_of_an_account(self, door: Door, bearer: str) -> None:
        door.register(ADMIN)
        assert [(each["kind"], each["to"]) for each in items(door, bearer)] == [
            ("already_registered", ADMIN)
        ]

    def test_names_nobody_where_nobody_is(self, door: Door, bearer: str) -> None:
        for _ in range(5):
            door.log_in("nobody@example.com", "a wrong password")
        assert [(each["kind"], each["to"]) for each in items(door, bearer)] == [("lockout", None)]

    def test_is_read_in_pages(self, door: Door, bearer: str) -> None:
        for name in ("ada", "bob", "eve"):
            door.register(f"{name}@example.com")
        first = door.get(f"{PATH}?limit=2", bearer).json
        rest = door.get(f"{PATH}?limit=2&cursor={first['next_cursor']}", bearer).json
        listed = [item["to"] for item in first["items"] + rest["items"]]
        assert listed == ["eve@example.com", "bob@example.com", ADA]

    def test_may_be_of_one_status(self, door: Door, bearer: str) -> None:
        door.register(ADA)
        door.work()
        door.register("bob@example.com")
        assert [each["to"] for each in items(door, bearer, "status=sent")] == [ADA]
        assert [each["to"] for each in items(door, bearer, "status=queued")] == ["bob@example.com"]

    @pytest.mark.parametrize("query", ["status=", "status=SENT", "status=lost", "kind=lockout"])
    def test_refuses_what_it_does_not_know(self, door: Door, bearer: str, query: str) -> None:
        assert door.get(f"{PATH}?{query}", bearer).status_code == 422

    def test_has_no_notice_of_an_alert(self, open_door: OpenDoor) -> None:
        door = open_door(ALERT_EMAILS="ops@example.com")
        door.services.accounts.administration.create(ADMIN, PASSWORD, roles=["admin"])
        bearer = door.log_in(ADMIN).json["access_token"]
        door.services.database.run(PROMISED_ALERT)
        assert items(door, bearer) == []


class TestAMessage:
    def test_that_is_cancelled_does_not_arrive(self, door: Door, bearer: str) -> None:
        door.register(ADA)
        answered = door.post(path_of(door, bearer, "cancel"), bearer)
        assert (answered.status_code, answered.json["status"]) == (200, "cancelled")
        assert answered.json == items(door, bearer)[0]
        assert door.letters(ADA) == []

    def test_that_is_retried_does(self, door: Door, bearer: str) -> None:
        door.register(ADA)
        door.post(path_of(door, bearer, "cancel"), bearer)
        answered = door.post(path_of(door, bearer, "retry"), bearer)
        assert (answered.status_code, answered.json["status"]) == (200, "queued")
        assert len(door.letters(ADA)) == 1

    @pytest.mark.parametrize("verb", VERBS)
    def test_may_be_told_so_twice(self, door: Door, bearer: str, verb: str) -> None:
        door.register(ADA)
        path = path_of(door, bearer, verb)
        first, second = door.post(path, bearer), door.post(path, bearer)
        assert (second.status_code, second.json) == (200, first.json)

    @pytest.mark.parametrize("verb", VERBS)
    def test_that_was_sent_is_a_conflict(self, door: Door, bearer: str, verb: str) -> None:
        door.register(ADA)
        door.work()
        refused = door.post(path_of(door, bearer, verb), bearer)
        assert (refused.status_code, refused.json["code"]) == (409, "message_already_sent")

    @pytest.mark.parametrize("verb", VERBS)
    def test_that_is_unknown_is_not_found(self, door: Door, bearer: str, verb: str) -> None:
        assert door.post(f"{PATH}/{UNKNOWN}/{verb}", bearer).json["code"] == "not_found"

    @pytest.mark.parametrize("path", ["", f"/{UNKNOWN}/retry", f"/{UNKNOWN}/cancel"])
    def test_is_for_administrators(self, door: Door, path: str) -> None:
        bearer = door.join(ADA)["access_token"]
        refused = door.send("POST" if path else "GET", PATH + path, bearer=bearer)
        assert (refused.status_code, refused.json["code"]) == (403, "forbidden")


PROMISED_ALERT = f"""
INSERT INTO outbox (id, task, channel, event, status, created_at, due_at, expires_at)
VALUES ('{UNKNOWN}', 'tasks.alerts.notify', 'alerts.email', '{{}}', 'queued', now(), now(), now())
"""
