"""Whoever deletes their account leaves nothing behind that names them."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest

from ostiary.protection.knocks import at_address
from ostiary.services import MODELS
from tests.app_client import PASSWORD, Door
from tests.waiting import wait_until

ADA = "ada@example.com"
WRONG = "a wrong password"
# What a mail server may say of a letter that was under way.
QUOTED = """
UPDATE outbox SET last_error = '451 try later: ' || %(ada)s WHERE status = 'sent'
"""
TABLES = sorted(model._meta.table_name for model in MODELS)


@pytest.fixture
def tokens(door: Door, later: Callable[..., None]) -> dict[str, Any]:
    """Of somebody with everything that an account can have, and a lock from before it."""
    for _ in range(6):
        door.log_in(ADA, WRONG)
    later(minutes=15)
    tokens = door.join(ADA)
    for _ in range(6):
        door.log_in(ADA, WRONG)
    door.post("/v1/auth/password/forgot", email=ADA)
    door.register(ADA)
    door.work()
    door.services.database.run(QUOTED, ada=ADA)
    return tokens


def delete(door: Door, tokens: dict[str, Any]) -> int:
    body = {"password": PASSWORD}
    bearer = tokens["access_token"]
    return door.send("DELETE", "/v1/auth/me", bearer=bearer, json=body).status_code


def sweep(door: Door) -> None:
    """The first pass removes what is left, and the second finds that nothing is."""
    for _ in range(2):
        door.services.expiry.expire_sessions()


def naming(door: Door, word: str) -> set[str]:
    """The tables in which a word is."""
    fetch = door.services.database.fetch_all
    return {
        table
        for table in TABLES
        for each in fetch(f"SELECT t::text AS row FROM {table} AS t")
        if word in each.row.lower()
    }


class TestADeletedAccount:
    def test_is_named_nowhere(self, door: Door, tokens: dict[str, Any]) -> None:
        assert naming(door, ADA) >= {"account", "attempt", "lockout", "outbox"}
        assert delete(door, tokens) == 204
        assert not naming(door, ADA) & {"account", "outbox", "letter_token", "pending_registration"}
        sweep(door)
        assert naming(door, ADA) == set()

    def test_leaves_its_id_to_promises_alone(self, door: Door, tokens: dict[str, Any]) -> None:
        account_id = door.get("/v1/auth/me", tokens["access_token"]).json["id"]
        assert naming(door, account_id) > {"outbox", "session", "device"}
        delete(door, tokens)
        sweep(door)
        assert naming(door, account_id) <= {"outbox", "audit"}

    def test_takes_nothing_from_anybody_else(self, door: Door, tokens: dict[str, Any]) -> None:
        other = door.join("grace@example.com")
        delete(door, tokens)
        assert door.refresh(other["refresh_token"]).status_code == 200
        assert "attempt" in naming(door, "grace@example.com")

    def test_cannot_be_logged_in_to(self, door: Door, tokens: dict[str, Any]) -> None:
        delete(door, tokens)
        assert door.log_in(ADA).json["code"] == "invalid_credentials"
        assert door.refresh(tokens["refresh_token"]).json["code"] == "refresh_token_invalid"

    def test_gets_no_more_letters(self, door: Door, tokens: dict[str, Any]) -> None:
        door.log_in("grace@example.com")
        door.post("/v1/auth/password/forgot", email=ADA)
        before = len(door.letterbox.letters(to=ADA))
        delete(door, tokens)
        assert len(door.letters(ADA)) == before

    def test_may_be_opened_again_by_somebody_else(self, door: Door, tokens: dict[str, Any]) -> None:
        delete(door, tokens)
        assert door.join(ADA, "another battery staple")["access_token"]

    def test_keeps_no_link_of_a_letter_alive(self, door: Door, tokens: dict[str, Any]) -> None:
        door.post("/v1/auth/password/forgot", email=ADA)
        token = door.token(ADA)
        delete(door, tokens)
        refused = door.post(
            "/v1/auth/password/reset", token=token, password="another battery staple"
        )
        assert refused.json["code"] == "token_invalid"

    def test_is_deleted_once(self, door: Door, tokens: dict[str, Any]) -> None:
        account_id = door.services.sessions.resume(tokens["access_token"]).account_id
        erase = door.services.accounts.profiles.erasure.erase
        assert [erase(account_id), erase(account_id)] == [True, False]


class TestADeletion:
    def test_waits_for_a_login_that_is_being_admitted(self, door: Door) -> None:
        """Neither waits for the other in a circle, which Postgres would end by refusing one."""
        account_id = UUID(door.get("/v1/auth/me", door.join(ADA)["access_token"]).json["id"])
        with ThreadPoolExecutor(1) as other:
            erasing = while_admitted(
                door, account_id, lambda: other.submit(erase, door, account_id)
            )
            assert erasing.result() is True
        sweep(door)
        assert naming(door, ADA) == set()


def erase(door: Door, account_id: UUID) -> bool:
    return door.services.accounts.profiles.erasure.erase(account_id)


def while_admitted(door: Door, account_id: UUID, act: Callable[[], Future[bool]]) -> Future[bool]:
    """What `act` begins while the login holds the account, and has its verdict still to write."""
    database = door.services.database

    def admit(_: None) -> Future[bool]:
        database.run("UPDATE account SET roles = roles WHERE id = %(id)s", id=account_id)
        begun = act()
        wait_until(lambda: bool(database.fetch_all("SELECT FROM pg_locks WHERE NOT granted")))
        return begun

    knock = at_address(ADA, "127.0.0.1", lambda: account_id)
    return door.services.protection.guard.admit(knock, lambda: None, admit)
