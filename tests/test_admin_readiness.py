"""An administrator sees what was up and what was down, newest first."""

from collections.abc import Callable

import pytest

from tests.app_client import Door

ADMIN = "admin@example.com"
ADA = "ada@example.com"
PATH = "/v1/admin/readiness"
Later = Callable[..., None]


@pytest.fixture
def bearer(door: Door) -> str:
    door.services.accounts.administration.create(ADMIN, "correct horse battery", roles=["admin"])
    return str(door.log_in(ADMIN).json["access_token"])


@pytest.fixture
def recorded(door: Door, later: Later) -> Door:
    """At noon, and twice more, fifteen seconds apart."""
    for _ in range(3):
        door.services.records.record()
        later(seconds=15)
    return door


def times(door: Door, query: str, bearer: str) -> list[str]:
    items = door.get(f"{PATH}?{query}", bearer).json["items"]
    return [item["checked_at"].removeprefix("2026-03-01T") for item in items]


class TestTheHistory:
    def test_shows_every_check_by_name(self, door: Door, bearer: str) -> None:
        door.services.heartbeats.beat("worker")
        door.services.records.record()
        assert door.get(PATH, bearer).json["items"] == [
            {
                "checked_at": "2026-03-01T12:00:00Z",
                "status": "degraded",
                "checks": {
                    "postgres": "up",
                    "migrations": "up",
                    "redis": "up",
                    "workers": "up",
                    "beat": "stale",
                    "watch": "stale",
                    "mail": "up",
                },
            }
        ]

    def test_is_read_in_pages(self, recorded: Door, bearer: str) -> None:
        first = recorded.get(f"{PATH}?limit=2", bearer).json
        rest = times(recorded, f"limit=2&cursor={first['next_cursor']}", bearer)
        assert times(recorded, "limit=2", bearer) == ["12:00:30Z", "12:00:15Z"]
        assert rest == ["12:00:00Z"]

    @pytest.mark.parametrize(
        "since",
        [
            "2026-03-01T12:00:15Z",
            "2026-03-01t12:00:00.5z",
            "2026-03-01T14:00:15%2B02:00",
            "2026-03-01%2007:00:15-05:00",
        ],
    )
    def test_may_begin_at_a_moment(self, recorded: Door, bearer: str, since: str) -> None:
        assert times(recorded, f"since={since}", bearer) == ["12:00:30Z", "12:00:15Z"]

    @pytest.mark.parametrize(
        "since",
        [
            "0001-01-01T00:00:00%2B14:00",
            "9999-12-31T23:59:59-14:00",
            "0001-01-01T00:00:00%2B23:59",
            "9999-12-31T23:59:59-23:59",
            "0002-01-01T00:00:00%2B16:00",
        ],
    )
    def test_may_begin_at_any_moment(self, recorded: Door, bearer: str, since: str) -> None:
        assert len(times(recorded, f"since={since}", bearer)) == (3 if since < "1" else 0)

    @pytest.mark.parametrize(
        "since",
        [
            "",
            "yesterday",
            "1772366400",
            "2026-03-01",
            "2026-03-01T12:00:15",
            "2026-03-01T12:00:15+02:00",
            "2026-02-30T12:00:15Z",
            "2026-03-01T25:00:15Z",
            "2026-03-01T12:00:15%2B99:00",
            "%D9%A22026-03-01T12:00:15Z",
        ],
    )
    def test_begins_at_nothing_else(self, door: Door, bearer: str, since: str) -> None:
        refused = door.get(f"{PATH}?since={since}", bearer)
        assert refused.status_code == 422
        assert {each["parameter"] for each in refused.json["errors"]} == {"since"}

    def test_is_for_administrators(self, door: Door) -> None:
        bearer = door.join(ADA)["access_token"]
        assert door.get(PATH, bearer).json["code"] == "forbidden"
