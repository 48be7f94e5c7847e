"""Every fact leaves an entry: what, when, who, from where, and in which request."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from ostiary.events import AlertAnnounced, LockoutReleased, SessionStarted, audited
from ostiary.platform import request_context
from ostiary.platform.identifiers import new_id
from ostiary.platform.tracing import resumed
from tests.app_client import PASSWORD, Door, OpenDoor
from tests.source_tree import HOUSE

ADA = "ada@example.com"
ADMIN = "admin@example.com"
SECRET = "a secret for tests that is long enough"
WRONG = "a wrong horse battery"
ALL = "SELECT * FROM audit ORDER BY id"
Later = Callable[..., None]


def entries(door: Door, event: str = "") -> list[Any]:
    found = door.services.database.fetch_all(ALL)
    return [entry for entry in found if event in ("", entry.event)]


def account_of(door: Door, email: str) -> UUID:
    found = door.services.database.fetch_one("SELECT id FROM account WHERE email = %(e)s", e=email)
    assert found
    return UUID(str(found.id))


class TestALogin:
    def test_says_who_came_in_from_where_and_when(self, door: Door) -> None:
        door.join(ADA)
        headers = {"X-Request-Id": "abc-1"}
        body = {"email": ADA, "password": PASSWORD}
        session_id = door.send("POST", "/v1/auth/login", headers=headers, json=body).json[
            "session_id"
        ]
        entry = entries(door, "session_started")[-1]
        ada = account_of(door, ADA)
        assert (entry.account_id, entry.actor_id, entry.ip) == (ada, ada, "127.0.0.1")
        assert (entry.request_id, entry.detail) == ("abc-1", {"session_id": session_id})
        assert entry.at == door.services.outbox.now()

    def test_that_fails_is_nobodys_act_on_the_account(self, door: Door) -> None:
        door.join(ADA)
        door.log_in(ADA, WRONG)
        (entry,) = entries(door, "login_failed")
        assert (entry.account_id, entry.actor_id) == (account_of(door, ADA), None)
        assert entry.detail == {"budget": "address"}

    def test_that_fails_on_no_account_names_none(self, door: Door) -> None:
        door.log_in("nobody@example.com", WRONG)
        (entry,) = entries(door, "login_failed")
        assert (entry.account_id, entry.ip) == (None, "127.0.0.1")

    def test_that_is_refused_leaves_one_entry_in_five_seconds(
        self, door: Door, later: Later
    ) -> None:
        door.join(ADA)
        for _ in range(10):
            door.log_in(ADA, WRONG)
        later(seconds=6)
        door.log_in(ADA)
        refused = entries(door, "login_refused")
        assert [entry.detail["rule"] for entry in refused] == ["locked", "locked"]
        assert refused[0].account_id == account_of(door, ADA)


class TestWhoActs:
    def test_is_the_bearer_of_the_token(self, door: Door) -> None:
        bearer = door.join(ADA)["access_token"]
        door.post("/v1/auth/logout", bearer)
        (entry,) = entries(door, "session_ended")
        assert entry.actor_id == account_of(door, ADA)

    def test_is_the_administrator_and_not_the_account(self, door: Door) -> None:
        door.join(ADA)
        door.services.accounts.administration.create(ADMIN, PASSWORD, roles=["admin"])
        bearer = door.log_in(ADMIN).json["access_token"]
        for _ in range(5):
            door.log_in(ADA, WRONG)
        (lock,) = door.get("/v1/admin/lockouts", bearer).json["items"]
        door.send("DELETE", f"/v1/admin/lockouts/{lock['id']}", bearer=bearer)
        (entry,) = entries(door, "lockout_released")
        expected = (account_of(door, ADA), account_of(door, ADMIN))
        assert (entry.account_id, entry.actor_id) == expected

    def test_is_the_house_itself_when_a_lock_expires(self, door: Door, later: Later) -> None:
        for _ in range(5):
            door.log_in(ADA, WRONG)
        later(hours=1)
        door.services.protection.lockouts.expire()
        (entry,) = entries(door, "lockout_released")
        assert (entry.actor_id, entry.ip, entry.detail["via"]) == (None, None, "background")

    def test_is_the_command_line(self, door: Door) -> None:
        request_context.command()
        door.services.accounts.administration.create(ADA, PASSWORD, roles=[])
        request_context.leave()
        (entry,) = entries(door, "account_created")
        assert (entry.actor_id, entry.detail["via"]) == (None, "command line")

    def test_is_forgotten_with_the_request(self, door: Door) -> None:
        bearer = door.join(ADA)["access_token"]
        door.get("/v1/auth/me", bearer)
        assert request_context.circumstances() == request_context.NOBODY


class TestAnEntry:
    def test_is_undone_with_its_fact(self, door: Door) -> None:
        database, outbox = door.services.database, door.services.outbox
        with pytest.raises(ZeroDivisionError), database.atomic():
            outbox.record(SessionStarted(account_id=new_id(), session_id=new_id()))
            _ = 1 / 0
        with database.atomic():
            database.run("SELECT 1")
        assert entries(door) == []

    def test_is_undone_with_a_savepoint(self, door: Door) -> None:
        database, outbox = door.services.database, door.services.outbox
        kept, undone = (SessionStarted(account_id=new_id(), session_id=new_id()) for _ in "12")
        with database.atomic():
            outbox.record(kept)
            with pytest.raises(ZeroDivisionError), database.atomic():
                outbox.record(undone)
                _ = 1 / 0
        assert [entry.account_id for entry in entries(door)] == [kept.account_id]

    def test_is_written_outside_of_a_transaction_too(self, door: Door) -> None:
        door.services.outbox.record(
            LockoutReleased(lockout_id=new_id(), account_id=None, by="expiry")
        )
        assert len(entries(door)) == 1

    def test_goes_along_with_the_commit(self, door: Door) -> None:
        database, outbox = door.services.database, door.services.outbox
        with database.atomic():
            outbox.record(SessionStarted(account_id=new_id(), session_id=new_id()))
            assert entries(door) == []
        assert len(entries(door)) == 1

    def test_is_not_left_by_an_alert(self) -> None:
        assert AlertAnnounced.name() not in audited()


class TestSealing:
    def test_is_upkeep_of_the_watchdog(self, door: Door) -> None:
        door.join(ADA)
        for chore in door.services.watchdog.upkeep:
            chore.verb()
        assert door.services.database.fetch_all("SELECT id FROM audit_waiting") == []
        assert door.services.auditing.verification.verify({}).entries == len(entries(door)) > 0

    def test_is_done_before_history_is_pruned(self, door: Door) -> None:
        door.join(ADA)
        door.services.history.prune()
        assert door.services.database.fetch_all("SELECT id FROM audit_waiting") == []


class TestBackgroundWork:
    def test_has_the_request_that_caused_it(self, door: Door) -> None:
        released = LockoutReleased(lockout_id=new_id(), account_id=None, by="expiry")
        with resumed({"request_id": "cause-1"}):
            door.services.outbox.record(released)
        assert entries(door)[-1].request_id == "cause-1"


class TestSecrets:
    def test_are_in_no_entry(self, open_door: OpenDoor) -> None:
        door = open_door(AUTH_REFRESH_GRACE_SECONDS="0")
        secrets = walk(door)
        written = "\n".join(map(str, entries(door)))
        assert len(entries(door)) >= 12
        assert [secret for secret in secrets if secret in written] == []

    def test_are_no_facts(self) -> None:
        told = (HOUSE / "ostiary/events/__init__.py").read_text()
        fields = {line.split(":")[0].strip() for line in told.splitlines() if line.count(":") == 1}
        assert not {name for name in fields if "token" in name or "password" in name}


class TestThePageAboutIt:
    def test_lists_every_event(self) -> None:
        page = (HOUSE / "docs/audit.md").read_text()
        table = page.partition("## What is recorded")[2].partition("##")[0]
        rows = [line.split("`")[1] for line in table.splitlines() if line.startswith("| `")]
        assert sorted(rows) == audited()


def walk(door: Door) -> list[str]:
    """Everything that Ada can do, and what must stay between her and Ostiary."""
    door.register(ADA)
    letter = door.token(ADA)
    door.verify(letter)
    first = door.log_in(ADA).json
    second = door.refresh(first["refresh_token"]).json
    door.refresh(first["refresh_token"])
    for _ in range(6):
        door.log_in(ADA, WRONG)
    unlocking = door.token(ADA)
    device = door.post("/v1/auth/unlock", token=unlocking).json["device_token"]
    third = door.log_in(ADA, device=device).json
    door.post("/v1/auth/logout", third["access_token"])
    fourth = door.log_in(ADA, device=device).json
    door.send("DELETE", "/v1/auth/me", bearer=fourth["access_token"], json={"password": PASSWORD})
    tokens = [
        given[name]
        for given in (first, second, third, fourth)
        for name in ("access_token", "refresh_token", "device_token")
    ]
    return [letter, unlocking, device, PASSWORD, WRONG, SECRET, ADA, *tokens]
