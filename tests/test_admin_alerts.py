"""An administrator sees every alert, newest first, and says that somebody knows of it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from ostiary.platform.identifiers import new_id
from ostiary.watch.alerts.alert import Alert
from tests.app_client import Door, HeldClock

ADMIN = "admin@example.com"
ROOT = "root@example.com"
ADA = "ada@example.com"
PASSWORD = "correct horse battery"
PATH = "/v1/admin/alerts"
UNKNOWN = "01a20799-e9a6-743a-8609-6faab50c5d60"
Fire = Callable[[str], Alert]


@pytest.fixture
def bearer(door: Door) -> str:
    return let_in(door, ADMIN)


@pytest.fixture
def fire(door: Door, clock: HeldClock) -> Fire:
    def build(rule: str) -> Alert:
        alert = Alert(new_id(), rule, "critical", f"{rule}.", clock(), clock())
        door.services.alerting.notices.ledger.open(alert)
        return alert

    return build


def let_in(door: Door, email: str) -> str:
    door.services.accounts.administration.create(email, PASSWORD, roles=["admin"])
    return str(door.log_in(email).json["access_token"])


def resolve(door: Door, alert: Alert) -> None:
    door.services.alerting.notices.ledger.close(alert, alert.fired_at + timedelta(minutes=1))


def rules(door: Door, query: str, bearer: str) -> list[str]:
    return [item["rule"] for item in door.get(f"{PATH}?{query}", bearer).json["items"]]


class TestTheList:
    def test_shows_an_alert_as_promised(self, door: Door, bearer: str, fire: Fire) -> None:
        alert = fire("redis_unavailable")
        assert door.get(PATH, bearer).json["items"] == [
            {
                "id": str(alert.id),
                "rule": "redis_unavailable",
                "state": "firing",
                "severity": "critical",
                "summary": "redis_unavailable.",
                "fired_at": "2026-03-01T12:00:00Z",
                "resolved_at": None,
                "acknowledged_by": None,
            }
        ]

    def test_shows_when_it_was_over(self, door: Door, bearer: str, fire: Fire) -> None:
        resolve(door, fire("redis_unavailable"))
        (item,) = door.get(PATH, bearer).json["items"]
        assert (item["state"], item["resolved_at"]) == ("resolved", "2026-03-01T12:01:00Z")

    def test_is_read_in_pages(self, door: Door, bearer: str, fire: Fire) -> None:
        for rule in ("beat_stalled", "mail_backlog", "lockout_surge"):
            fire(rule)
        first = door.get(f"{PATH}?limit=2", bearer).json
        assert [item["rule"] for item in first["items"]] == ["lockout_surge", "mail_backlog"]
        rest = door.get(f"{PATH}?limit=2&cursor={first['next_cursor']}", bearer).json
        assert [item["rule"] for item in rest["items"]] == ["beat_stalled"]
        assert rest["next_cursor"] is None

    def test_may_be_of_one_state(self, door: Door, bearer: str, fire: Fire) -> None:
        resolve(door, fire("beat_stalled"))
        fire("mail_backlog")
        assert rules(door, "state=firing", bearer) == ["mail_backlog"]
        assert rules(door, "state=resolved", bearer) == ["beat_stalled"]

    @pytest.mark.parametrize("state", ["", "on", "FIRING", "firing,resolved"])
    def test_knows_no_other_state(self, door: Door, bearer: str, state: str) -> None:
        refused = door.get(f"{PATH}?state={state}", bearer)
        assert refused.status_code == 422
        assert [each["parameter"] for each in refused.json["errors"]] == ["state"]

    def test_is_for_administrators(self, door: Door) -> None:
        bearer = door.join(ADA)["access_token"]
        assert door.get(PATH, bearer).json["code"] == "forbidden"


class TestAcknowledging:
    def test_says_who_knows(self, door: Door, bearer: str, fire: Fire) -> None:
        answered = door.post(f"{PATH}/{fire('mail_backlog').id}/acknowledge", bearer)
        assert answered.status_code == 200
        assert answered.json["acknowledged_by"] == door.get("/v1/auth/me", bearer).json["id"]
        assert answered.json == door.get(PATH, bearer).json["items"][0]

    def test_stays_with_the_first(self, door: Door, bearer: str, fire: Fire) -> None:
        path = f"{PATH}/{fire('mail_backlog').id}/acknowledge"
        first = door.post(path, bearer)
        second = door.post(path, let_in(door, ROOT))
        assert (second.status_code, second.json) == (200, first.json)

    def test_needs_no_body(self, door: Door, bearer: str, fire: Fire) -> None:
        path = f"{PATH}/{fire('mail_backlog').id}/acknowledge"
        assert door.send("POST", path, bearer=bearer).status_code == 200

    def test_may_come_after_the_end(self, door: Door, bearer: str, fire: Fire) -> None:
        alert = fire("mail_backlog")
        resolve(door, alert)
        answered = door.post(f"{PATH}/{alert.id}/acknowledge", bearer)
        assert answered.json["state"] == "resolved"

    @pytest.mark.parametrize("alert_id", [UNKNOWN, "1", "-"])
    def test_of_an_unknown_one_is_not_found(self, door: Door, bearer: str, alert_id: str) -> None:
        refused = door.post(f"{PATH}/{alert_id}/acknowledge", bearer)
        assert (refused.status_code, refused.json["code"]) == (404, "not_found")

    def test_is_for_administrators(self, door: Door, fire: Fire) -> None:
        bearer = door.join(ADA)["access_token"]
        refused = door.post(f"{PATH}/{fire('mail_backlog').id}/acknowledge", bearer)
        assert refused.json["code"] == "forbidden"
