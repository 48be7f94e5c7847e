"""An administrator reads what happened, newest first, by account and by event."""

from typing import Any
from uuid import UUID

import pytest

from ostiary.audit.history import LIST
from ostiary.events import audited
from ostiary.platform.database import Database
from ostiary.platform.identifiers import new_id
from tests.app_client import PASSWORD, Door

ADA = "ada@example.com"
ADMIN = "admin@example.com"
PATH = "/v1/admin/audit"
MANY = 100_000
FILL = """
INSERT INTO audit SELECT id, '2026-03-01', event, account_id, NULL, NULL, NULL, '{}', '', ''
FROM unnest(%(ids)s::uuid[], %(events)s::text[], %(accounts)s::uuid[])
    AS entry (id, event, account_id)
"""


@pytest.fixture
def bearer(door: Door) -> str:
    door.services.accounts.administration.create(ADMIN, PASSWORD, roles=["admin"])
    return str(door.log_in(ADMIN).json["access_token"])


def items(door: Door, bearer: str, query: str = "") -> list[dict[str, Any]]:
    found = door.get(f"{PATH}?{query}", bearer)
    assert found.status_code == 200
    return list(found.json["items"])


class TestTheList:
    def test_shows_an_entry_as_promised(self, door: Door, bearer: str) -> None:
        item, *_ = items(door, bearer, "limit=1")
        ids = [item.pop(name) for name in ("id", "request_id", "account_id")]
        ids += item["detail"].values()
        assert [str(UUID(each)) for each in ids] == ids
        assert item.pop("actor_id") == ids[2]
        assert item == {
            "at": "2026-03-01T12:00:00Z",
            "event": "session_started",
            "ip": "127.0.0.1",
            "detail": {"session_id": ids[3]},
        }

    def test_is_read_in_pages(self, door: Door, bearer: str) -> None:
        for _ in range(4):
            door.log_in(ADA, "a wrong password")
        first = door.get(f"{PATH}?limit=3", bearer).json
        rest = door.get(f"{PATH}?limit=3&cursor={first['next_cursor']}", bearer).json
        listed = [item["event"] for item in first["items"] + rest["items"]]
        assert listed == ["login_failed"] * 4 + ["session_started", "account_created"]
        assert rest["next_cursor"] is None

    def test_of_an_account_has_what_was_done_to_it(self, door: Door, bearer: str) -> None:
        door.join(ADA)
        door.log_in(ADA, "a wrong password")
        (failed,) = items(door, bearer, "event=login_failed")
        about_ada = items(door, bearer, f"account_id={failed['account_id']}")
        events = [item["event"] for item in about_ada]
        assert events == [
            "login_failed",
            "session_started",
            "address_verified",
            "account_opened",
        ]

    def test_of_an_account_and_an_event(self, door: Door, bearer: str) -> None:
        item, *_ = items(door, bearer)
        query = f"account_id={item['account_id']}&event=account_created"
        assert [each["event"] for each in items(door, bearer, query)] == ["account_created"]

    def test_of_a_stranger_is_empty(self, door: Door, bearer: str) -> None:
        assert items(door, bearer, f"account_id={new_id()}") == []

    def test_leaves_no_entry_when_it_is_read(self, door: Door, bearer: str) -> None:
        assert len(items(door, bearer)) == len(items(door, bearer))

    @pytest.mark.parametrize(
        "query", ["event=nonsense", "event=", "account_id=x", "cursor=x", "limit=0", "page=1"]
    )
    def test_refuses_what_it_does_not_know(self, door: Door, bearer: str, query: str) -> None:
        assert door.get(f"{PATH}?{query}", bearer).status_code == 422

    def test_knows_every_event(self, door: Door, bearer: str) -> None:
        known = {event: items(door, bearer, f"event={event}") for event in audited()}
        assert {event for event, found in known.items() if found} == {
            "account_created",
            "session_started",
        }

    def test_is_for_administrators(self, door: Door) -> None:
        bearer = door.join(ADA)["access_token"]
        assert door.get(PATH, bearer).json["code"] == "forbidden"


class TestAHundredThousand:
    def test_are_read_by_one_index_at_both_ends(self, door: Door) -> None:
        database, ids = door.services.database, fill(door.services.database)
        for filters in ({}, {"event": "login_failed"}, {"account_id": ids[1]}):
            first, last = (plan(database, before, **filters) for before in (None, ids[5000]))
            assert scans(first["Plan"]), filters
            # With a filter so few are left at the end that sorting them is as good as any index.
            assert filters or scans(first["Plan"]) == scans(last["Plan"])
            took = (first["Execution Time"], last["Execution Time"])
            print(f"{filters or 'all'}: first page {took[0]} ms, last page {took[1]} ms")
            assert abs(took[0] - took[1]) < 20, filters


def fill(database: Database) -> list[UUID]:
    """Entries about a hundred accounts, whose names are the first ids; one in four is a failure."""
    ids = [new_id() for _ in range(MANY)]
    events = ["login_failed" if n % 4 == 0 else "session_started" for n in range(MANY)]
    accounts = [ids[n % 100] for n in range(MANY)]
    for some in (slice(n, n + 2_000) for n in range(0, MANY, 2_000)):
        database.run(FILL, ids=ids[some], events=events[some], accounts=accounts[some])
    database.run("ANALYZE audit")
    return ids


def plan(database: Database, before: UUID | None, **filters: Any) -> dict[str, Any]:
    asked = {"account_id": None, "event": None, "before": before, "limit": 51, **filters}
    explained = database.fetch_all(f"EXPLAIN (ANALYZE, FORMAT JSON) {LIST}", **asked)
    return dict(explained[0][0][0])


def scans(node: dict[str, Any]) -> set[str]:
    """The indexes by which the partition is read that holds them all."""
    below = [scans(each) for each in node.get("Plans", [])]
    index = node.get("Index Name", "")
    return set().union({index} if index.startswith("audit_default") else set(), *below)
