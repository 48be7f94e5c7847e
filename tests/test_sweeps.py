"""Sweeps remove what is old and nothing else, in batches, and one sweeper at a time."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

import pytest

from ostiary.platform.batch_delete import BATCH, TRY_LOCK, sweep
from ostiary.platform.database import Database
from tests.app_client import Door
from tests.outbox_fixture import Courier

SWEEP = """
DELETE FROM heap WHERE number IN (
    SELECT number FROM heap WHERE number < %(before)s LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""


@pytest.fixture
def heap(courier: Courier) -> Iterator[Database]:
    """Two batches and a half of old rows, one new one."""
    courier.database.run("CREATE TABLE heap (number integer PRIMARY KEY)")
    courier.database.run(f"INSERT INTO heap SELECT generate_series(1, {BATCH * 5 // 2})")
    courier.database.run("INSERT INTO heap VALUES (1000000)")
    yield courier.database
    courier.database.run("DROP TABLE heap")


def left(heap: Database) -> int:
    return int(heap.fetch_all("SELECT count(*) AS n FROM heap")[0].n)


@contextmanager
def another_sweeper_at_work(heap: Database) -> Iterator[None]:
    begun, done = Event(), Event()

    def work() -> None:
        with heap.atomic():
            heap.fetch_one(TRY_LOCK, work=SWEEP)
            begun.set()
            done.wait(5)

    with ThreadPoolExecutor(1) as other:
        other.submit(work)
        begun.wait(5)
        yield
        done.set()


class TestASweep:
    def test_takes_what_is_old_and_leaves_the_rest(self, heap: Database) -> None:
        assert sweep(heap, SWEEP, before=1_000_000) == BATCH * 5 // 2
        assert left(heap) == 1

    def test_commits_batch_by_batch(self, heap: Database) -> None:
        heap.run("CREATE TABLE seen AS SELECT 0 AS transaction")
        heap.run(COUNT_TRANSACTIONS)
        sweep(heap, SWEEP, before=1_000_000)
        seen = heap.fetch_all("SELECT DISTINCT transaction FROM seen WHERE transaction > 0")
        heap.run("DROP TABLE seen")
        assert len(seen) == 3

    def test_leaves_the_work_to_another_that_is_at_it(self, heap: Database) -> None:
        with another_sweeper_at_work(heap):
            assert sweep(heap, SWEEP, before=1_000_000) == 0
        assert left(heap) == BATCH * 5 // 2 + 1

    def test_does_not_stop_one_of_something_else(self, heap: Database) -> None:
        with another_sweeper_at_work(heap):
            assert sweep(heap, f"{SWEEP} -- another", before=10) == 9

    def test_by_many_at_once_takes_every_row_once(self, heap: Database) -> None:
        with ThreadPoolExecutor(4) as crowd:
            swept = sum(crowd.map(lambda _: sweep(heap, SWEEP, before=1_000_000), range(4)))
        swept += sweep(heap, SWEEP, before=1_000_000)
        assert swept == BATCH * 5 // 2


COUNT_TRANSACTIONS = """
CREATE OR REPLACE FUNCTION note_transaction() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO seen VALUES (txid_current()); RETURN NULL; END $$;
CREATE TRIGGER noted AFTER DELETE ON heap EXECUTE FUNCTION note_transaction()
"""


class TestSessions:
    @pytest.fixture
    def tokens(self, door: Door) -> dict[str, str]:
        return door.join("ada@example.com")

    def test_that_go_on_are_left_alone(
        self, door: Door, tokens: dict[str, str], later: Callable[..., None]
    ) -> None:
        later(days=29)
        assert door.services.expiry.expire_sessions() == 0
        assert door.refresh(tokens["refresh_token"]).status_code == 200

    def test_that_ended_are_forgotten_a_week_later(
        self, door: Door, tokens: dict[str, str], later: Callable[..., None]
    ) -> None:
        door.post("/v1/auth/logout", bearer=tokens["access_token"])
        later(days=7)
        assert door.services.expiry.expire_sessions() == 0
        later(seconds=1)
        door.services.expiry.expire_sessions()
        assert door.services.database.fetch_all("SELECT id FROM session") == []

    def test_that_ended_take_no_more_than_a_batch_of_tokens_along(
        self, door: Door, tokens: dict[str, str], later: Callable[..., None]
    ) -> None:
        door.services.database.run(MANY_TOKENS)
        door.post("/v1/auth/logout", bearer=tokens["access_token"])
        later(days=7, seconds=1)
        assert door.services.expiry.expire_sessions() == BATCH * 5 // 2 + 2

    def test_that_expired_take_their_tokens_along(
        self, door: Door, tokens: dict[str, str], later: Callable[..., None]
    ) -> None:
        later(days=97, seconds=1)
        assert door.services.expiry.expire_sessions() == 2
        assert door.refresh(tokens["refresh_token"]).json["code"] == "refresh_token_invalid"


class TestVerificationTokens:
    def test_are_forgotten_a_week_after_they_expired(
        self, door: Door, later: Callable[..., None]
    ) -> None:
        door.register("ada@example.com")
        token = door.token("ada@example.com")
        later(days=8)
        assert door.verify(token).json["code"] == "token_expired"
        assert door.services.accounts.tokens.expire() == 0
        later(seconds=1)
        assert door.services.accounts.tokens.expire() == 1
        assert door.verify(token).json["code"] == "token_invalid"

    def test_leave_the_registration_for_a_month(
        self, door: Door, later: Callable[..., None]
    ) -> None:
        door.register("ada@example.com")
        later(days=30)
        assert door.services.accounts.registrations.prune() == 0
        later(seconds=1)
        assert door.services.accounts.registrations.prune() == 1


class TestResetTokens:
    def test_are_forgotten_a_week_after_they_expired(
        self, door: Door, later: Callable[..., None]
    ) -> None:
        door.join("ada@example.com")
        door.post("/v1/auth/password/forgot", email="ada@example.com")
        token = door.token("ada@example.com")
        later(days=7, hours=1)
        door.services.accounts.tokens.expire()
        body = {"token": token, "password": "another battery staple"}
        assert door.post("/v1/auth/password/reset", **body).json["code"] == "token_expired"
        later(seconds=1)
        assert door.services.accounts.tokens.expire() == 1
        assert door.post("/v1/auth/password/reset", **body).json["code"] == "token_invalid"

    def test_of_a_lock_too(self, door: Door, later: Callable[..., None]) -> None:
        door.join("ada@example.com")
        for _ in range(6):
            door.log_in("ada@example.com", "a wrong password")
        door.work()
        later(days=8, seconds=1)
        door.services.accounts.tokens.expire()
        assert door.services.database.fetch_all("SELECT digest FROM letter_token") == []


class TestLocks:
    def test_are_forgotten_after_three_months(self, door: Door, later: Callable[..., None]) -> None:
        for _ in range(6):
            door.log_in("ada@example.com", "a wrong password")
        later(days=90, minutes=15)
        door.services.history.prune()
        assert len(door.services.protection.locks.newest(limit=2)) == 1
        later(seconds=1)
        door.services.history.prune()
        assert door.services.protection.locks.newest(limit=2) == []


class TestHistory:
    def test_is_forgotten_after_a_month(self, door: Door, later: Callable[..., None]) -> None:
        door.register("ada@example.com")
        door.work()
        door.services.records.record()
        door.services.heartbeats.beat("worker")
        later(days=30, seconds=1)
        assert door.services.history.prune() == 5


MANY_TOKENS = f"""
INSERT INTO refresh_token (digest, session_id, issued_at, expires_at, sealed)
SELECT int4send(n), session.id, created_at, session.expires_at, '' FROM session,
    generate_series(1, {BATCH * 5 // 2}) AS n
"""
