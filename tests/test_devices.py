"""An owner sees and ends devices; the fifty seen last within a year are known by their tokens."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from importlib import import_module
from itertools import islice
from typing import Any
from uuid import UUID

import pytest
from falcon import testing

from ostiary.platform.database import Database, open_database
from ostiary.platform.migrations import statements
from tests.app_client import PASSWORD, Door

ADA = "ada@example.com"
DEVICES = "/v1/auth/me/devices"
MOST = 50
CROWD = 30_000
# Seconds; a busy machine has other work, too.
# Generous, for a machine that does much besides; `test_crowded_account` prints the times.
QUICKLY = 3.0
NOWHERE = "01a20799-e9a6-743a-8609-6faab50c5d60"
migration = import_module("ostiary.platform.migrations.0014_devices")
Later = Callable[..., None]
Tokens = dict[str, Any]

# Rows of a time when there could be as many as logins; unseen for longer than any of the tests'.
FILL = """
INSERT INTO device (id, account_id, token_digest, created_at, last_seen_at)
SELECT gen_random_uuid(), %(account_id)s, sha256(number::text::bytea),
    %(now)s::timestamptz - interval '300 days', %(now)s::timestamptz - number * interval '1 second'
FROM generate_series(1, %(crowd)s) AS number
"""
# As the release before leaves them: sixty devices, the newest of which has ended.
BEFORE = """
INSERT INTO account (id, email, email_key, password_hash, roles, created_at)
VALUES (gen_random_uuid(), 'ada@example.com', 'ada@example.com', 'x', '{}', now());
INSERT INTO device (id, account_id, token_digest, created_at, revoked_at)
SELECT gen_random_uuid(), account.id, sha256(number::text::bytea),
    now() - number * interval '1 day', CASE number WHEN 1 THEN now() END
FROM account, generate_series(1, 60) AS number;
INSERT INTO session
    (id, account_id, device_id, created_at, last_seen_at, expires_at, ip, user_agent)
SELECT gen_random_uuid(), account_id, id, now(), now(), now(), '', '' FROM device
"""
AFTER = "SELECT count(*), min(created_at) = now() - interval '51 days' AS newest FROM device"


@pytest.fixture
def tokens(door: Door) -> Tokens:
    return door.join(ADA)


@pytest.fixture
def device(tokens: Tokens) -> str:
    return str(tokens["device_token"])


@pytest.fixture
def bearer(tokens: Tokens) -> str:
    return str(tokens["access_token"])


@pytest.fixture
def crowd(door: Door, bearer: str) -> None:
    account_id = UUID(door.get("/v1/auth/me", bearer).json["id"])
    database = door.services.database
    database.run("ANALYZE device")
    with database.atomic():
        database.run("SET LOCAL statement_timeout = 0")
        database.run(FILL, account_id=account_id, crowd=CROWD, now=door.services.sessions.now())


def listed(door: Door, bearer: str) -> list[dict[str, Any]]:
    answered = door.get(DEVICES, bearer)
    assert answered.status_code == 200
    return list(answered.json["items"])


def end(door: Door, bearer: str, device_id: str = "") -> testing.Result:
    path = f"{DEVICES}/{device_id}" if device_id else DEVICES
    return door.send("DELETE", path, bearer=bearer)


def log_in(door: Door, agent: str, device: str = "") -> Tokens:
    headers = {"User-Agent": agent} | ({"X-Device-Token": device} if device else {})
    body = {"email": ADA, "password": PASSWORD}
    return dict(door.send("POST", "/v1/auth/login", headers=headers, json=body).json)


def is_known(door: Door, device: str) -> bool:
    return bool(door.log_in(ADA, device=device).json["device_token"] == device)


def rows(door: Door) -> int:
    return len(door.services.database.fetch_all("SELECT id FROM device"))


def seconds_of(act: Callable[[], object]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


class TestTheList:
    def test_shows_what_an_account_has_logged_in_from(
        self, door: Door, bearer: str, later: Later
    ) -> None:
        own = listed(door, bearer)[0]
        later(days=1)
        bearer = log_in(door, "curl/8.5.0")["access_token"]
        newest, oldest = listed(door, bearer)
        at = "2026-03-02T12:00:00Z"
        assert newest == {
            "id": newest["id"],
            "created_at": at,
            "last_seen_at": at,
            "user_agent": "curl/8.5.0",
            "trusted_until": None,
            "current": True,
        }
        assert oldest == own | {"current": False}

    def test_marks_the_device_of_the_session(self, door: Door, bearer: str) -> None:
        other = log_in(door, "curl/8.5.0")["access_token"]
        assert {each["user_agent"]: each["current"] for each in listed(door, other)} == {
            "curl/8.5.0": True,
            listed(door, bearer)[1]["user_agent"]: False,
        }

    def test_begins_with_the_one_seen_last(self, door: Door, device: str, later: Later) -> None:
        later(days=1)
        log_in(door, "curl/8.5.0")
        later(days=1)
        bearer = log_in(door, "Lynx/2.9", device)["access_token"]
        seen = [(each["user_agent"], each["last_seen_at"][:10]) for each in listed(door, bearer)]
        assert seen == [("Lynx/2.9", "2026-03-03"), ("curl/8.5.0", "2026-03-02")]

    def test_tells_the_day_of_the_last_refresh(
        self, door: Door, tokens: Tokens, bearer: str, later: Later
    ) -> None:
        later(days=20)
        renewed = door.refresh(tokens["refresh_token"]).json["access_token"]
        assert listed(door, renewed)[0]["last_seen_at"] == "2026-03-21T12:00:00Z"

    def test_cuts_a_user_agent_without_end(self, door: Door, bearer: str) -> None:
        log_in(door, "x" * 1_000)
        assert "x" * 400 in [each["user_agent"] for each in listed(door, bearer)]

    def test_has_the_device_that_a_letter_gave(self, door: Door, bearer: str) -> None:
        door.post("/v1/auth/password/forgot", email=ADA)
        door.post("/v1/auth/password/reset", token=door.token(ADA), password=PASSWORD)
        listed_after = listed(door, str(door.log_in(ADA).json["access_token"]))
        assert "" in [each["user_agent"] for each in listed_after]

    def test_is_of_nobody_else(self, door: Door, bearer: str) -> None:
        other = door.join("grace@example.com")["access_token"]
        (foreign,), (own,) = listed(door, other), listed(door, bearer)
        assert foreign["id"] != own["id"]

    def test_is_not_shown_without_a_session(self, door: Door) -> None:
        assert door.get(DEVICES).status_code == 401


class TestEndingADevice:
    def test_makes_its_token_no_device_token(self, door: Door, bearer: str) -> None:
        other = log_in(door, "curl/8.5.0")
        newest = next(each for each in listed(door, bearer) if each["user_agent"] == "curl/8.5.0")
        assert end(door, bearer, newest["id"]).status_code == 204
        assert newest["id"] not in [each["id"] for each in listed(door, bearer)]
        assert not is_known(door, other["device_token"])

    def test_is_done_once(self, door: Door, bearer: str) -> None:
        device_id = listed(door, bearer)[0]["id"]
        assert [end(door, bearer, device_id).status_code for _ in range(2)] == [204, 404]

    def test_may_be_the_current_one_whose_session_goes_on(
        self, door: Door, tokens: Tokens, bearer: str
    ) -> None:
        assert end(door, bearer, listed(door, bearer)[0]["id"]).status_code == 204
        assert listed(door, bearer) == []
        assert door.refresh(tokens["refresh_token"]).status_code == 200
        assert [each["current"] for each in listed(door, bearer)] == [True]

    @pytest.mark.parametrize("device_id", ["x", NOWHERE])
    def test_that_does_not_exist_is_not_found(
        self, door: Door, bearer: str, device_id: str
    ) -> None:
        refused = end(door, bearer, device_id)
        assert (refused.status_code, refused.json["code"]) == (404, "not_found")

    def test_of_another_account_is_not_found(self, door: Door, bearer: str) -> None:
        foreign = door.join("grace@example.com")
        (row,) = listed(door, foreign["access_token"])
        assert end(door, bearer, row["id"]).status_code == 404
        assert listed(door, foreign["access_token"]) == [row]


class TestEndingAllDevices:
    def test_leaves_the_current_one(self, door: Door, bearer: str, device: str) -> None:
        others = [log_in(door, "curl/8.5.0") for _ in range(3)]
        assert end(door, bearer).status_code == 204
        assert [each["current"] for each in listed(door, bearer)] == [True]
        assert [is_known(door, each["device_token"]) for each in others] == [False] * 3
        assert is_known(door, device)

    def test_leaves_their_sessions_alone(self, door: Door, bearer: str) -> None:
        other = log_in(door, "curl/8.5.0")
        end(door, bearer)
        assert door.refresh(other["refresh_token"]).status_code == 200

    def test_leaves_other_accounts_alone(self, door: Door, bearer: str) -> None:
        foreign = door.join("grace@example.com")
        end(door, bearer)
        assert len(listed(door, foreign["access_token"])) == 1

    def test_may_be_done_where_the_current_one_has_ended(self, door: Door, bearer: str) -> None:
        for _ in range(2):
            assert end(door, bearer, listed(door, bearer)[0]["id"]).status_code == 204
            assert end(door, bearer).status_code == 204
            log_in(door, "curl/8.5.0")


class TestTheFiftyFirst:
    def test_ends_the_one_unseen_for_longest(self, door: Door, device: str, later: Later) -> None:
        for number in range(MOST):
            later(minutes=1)
            bearer = log_in(door, f"curl/{number}")["access_token"]
        agents = [each["user_agent"] for each in listed(door, bearer)]
        assert agents == [f"curl/{number}" for number in reversed(range(MOST))]
        assert rows(door) == MOST
        assert not is_known(door, device)

    def test_leaves_a_device_that_logs_in_often(
        self, door: Door, bearer: str, device: str, later: Later
    ) -> None:
        for number in range(2 * MOST):
            later(minutes=1)
            log_in(door, f"curl/{number}")
            if number % 20 == 0:
                assert is_known(door, device)
        assert is_known(door, device)

    def test_is_of_one_account(self, door: Door, bearer: str) -> None:
        foreign = door.join("grace@example.com")
        for _ in range(MOST + 1):
            log_in(door, "curl/8.5.0")
        assert len(listed(door, foreign["access_token"])) == 1

    def test_may_come_with_ten_others_at_the_same_moment(self, door: Door, bearer: str) -> None:
        with ThreadPoolExecutor(8) as pool:
            answers = [*pool.map(lambda _: door.log_in(ADA).status_code, range(MOST + 10))]
        assert answers == [200] * (MOST + 10)
        assert (rows(door), len(listed(door, bearer))) == (MOST, MOST)

    def test_may_come_by_sessions_whose_devices_ended(
        self, door: Door, bearer: str, later: Later
    ) -> None:
        others = [log_in(door, "curl/8.5.0") for _ in range(MOST + 10)]
        end(door, bearer)
        later(minutes=1)
        for each in others:
            assert door.refresh(each["refresh_token"]).status_code == 200
        assert (rows(door), len(listed(door, bearer))) == (MOST, MOST)


@pytest.mark.usefixtures("crowd")
class TestThirtyThousand:
    def test_are_listed_quickly(self, door: Door, bearer: str) -> None:
        assert seconds_of(lambda: listed(door, bearer)) < QUICKLY
        assert len(listed(door, bearer)) == MOST

    def test_end_quickly(self, door: Door, bearer: str) -> None:
        assert seconds_of(lambda: end(door, bearer)) < QUICKLY
        assert rows(door) == 1

    def test_end_with_later_logins_a_thousand_at_a_time(self, door: Door) -> None:
        assert seconds_of(lambda: log_in(door, "curl/8.5.0")) < QUICKLY
        assert rows(door) == CROWD + 2 - 1_000
        for _ in range(CROWD // 1_000):
            log_in(door, "curl/8.5.0")
        assert rows(door) == MOST

    def test_end_quickly_with_a_change_of_password(self, door: Door, bearer: str) -> None:
        body = {"current_password": PASSWORD, "new_password": "another battery staple"}
        change = "/v1/auth/password/change"
        assert seconds_of(lambda: door.post(change, bearer, **body)) < QUICKLY
        assert rows(door) == 2


class TestTheUpgrade:
    @pytest.fixture
    def upgraded(self, database_url: str) -> Iterator[Database]:
        """In a schema of its own, which is rolled back."""
        with closing(open_database(database_url)) as database, database.atomic() as transaction:
            database.run("CREATE SCHEMA before; SET LOCAL search_path TO before")
            for sql in islice(statements(), 12):
                database.run(sql)
            database.run(BEFORE)
            database.run(migration.SQL)
            yield database
            transaction.rollback()

    def test_leaves_the_newest_fifty_that_have_not_ended(self, upgraded: Database) -> None:
        assert upgraded.fetch_one(AFTER) == (MOST, True)

    def test_leaves_every_session_and_its_budget(self, upgraded: Database) -> None:
        assert upgraded.run("SELECT FROM session WHERE device_id IS NOT NULL") == 60


class TestADevice:
    def test_stays_known_while_it_is_used(self, door: Door, device: str, later: Later) -> None:
        for _ in range(3):
            later(days=300)
            assert is_known(door, device)

    def test_is_forgotten_after_a_year(self, door: Door, device: str, later: Later) -> None:
        later(days=365)
        assert not is_known(door, device)

    def test_is_listed_no_more_after_a_year(
        self, door: Door, bearer: str, device: str, later: Later
    ) -> None:
        later(days=365)
        other = log_in(door, "curl/8.5.0")["access_token"]
        assert [each["user_agent"] for each in listed(door, other)] == ["curl/8.5.0"]

    def test_is_unknown_where_the_release_before_has_marked_it(
        self, door: Door, bearer: str, device: str
    ) -> None:
        door.services.database.run("UPDATE device SET revoked_at = now()")
        assert listed(door, bearer) == []
        assert not is_known(door, device)

    def test_is_swept_a_day_after_it_is_forgotten(
        self, door: Door, device: str, later: Later
    ) -> None:
        later(days=365)
        door.services.expiry.expire_sessions()
        assert rows(door) == 1
        later(days=1)
        door.services.expiry.expire_sessions()
        assert rows(door) == 0
