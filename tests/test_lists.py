"""Of 100,000 rows the last page costs what the first does: by the same index, without sorting.

The times: `REHEARSAL=full make test ARGS="tests/test_lists.py -s"`.
"""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID

import pytest

from ostiary.accounts import correspondence, directory
from ostiary.platform.database import Database, open_database
from ostiary.protection import locks
from ostiary.watch import records
from ostiary.watch.alerts import alerts

ROWS = 100_000
PAGE = 50
NEAR = 0.02
PATIENCE = timedelta(minutes=2)
START = datetime(2025, 1, 1, tzinfo=UTC)
IS_FULL = os.environ.get("REHEARSAL") == "full"

# As UUIDv7: the time leads, one row a second.
ID = """
(lpad(to_hex(1735689600000 + n * 1000), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid
"""
AT = "'2025-01-01T00:00:00Z'::timestamptz + n * interval '1 second'"
FROM = f"FROM generate_series(1, {ROWS}) AS n"

ACCOUNTS = f"""
INSERT INTO account (id, email, email_key, password_hash, roles, created_at)
SELECT {ID}, 'User' || n || '@example.com', 'user' || n || '@example.com', '', '{{}}', {AT} {FROM}
"""
# One letter in a hundred failed; every tenth row is a notice of an alert.
MESSAGES = f"""
INSERT INTO outbox (id, task, channel, event, status, created_at, due_at, expires_at)
SELECT {ID}, 'tasks.mail.send_lockout_email',
    CASE WHEN n % 10 = 9 THEN 'alerts.email' ELSE 'mail' END,
    jsonb_build_object('account_id', {ID}), CASE WHEN n % 100 = 0 THEN 'failed' ELSE 'sent' END,
    {AT}, {AT}, {AT} {FROM}
"""
# Every second one is active, however old.
LOCKOUTS = f"""
INSERT INTO lockout (id, subject, email, client, failures, repeats, locked_at, locked_until,
    released_at)
SELECT {ID}, 'address:' || n, 'user' || n || '@example.com', '192.0.2.1', 5, 0, {AT},
    CASE WHEN n % 2 = 0 THEN '2027-01-01' ELSE {AT} END,
    CASE WHEN n % 2 = 0 THEN NULL ELSE {AT} END {FROM}
"""
ALERTS = f"""
INSERT INTO alert (id, rule, severity, summary, fired_at, announced_at, resolved_at)
SELECT {ID}, 'rule_' || n, 'warning', '', {AT}, {AT}, {AT} {FROM}
"""
READINESS = f"""
INSERT INTO readiness (id, checked_at, status, checks) SELECT {ID}, {AT}, 'ready', '{{}}' {FROM}
"""
MIDDLE = START + timedelta(seconds=ROWS // 2)
NOTHING = dict.fromkeys(("email_key", "status", "active", "state", "since"))


def id_of(number: int) -> UUID:
    milliseconds = int((START + timedelta(seconds=number)).timestamp() * 1000)
    return UUID(f"{milliseconds:012x}70008000{number:012x}")


@dataclass(frozen=True)
class List:
    """A filter; `last` is the row that the page before the last one ends with."""

    name: str
    statement: str
    index: str
    filter: dict[str, Any]
    last: int = PAGE + 1

    def params(self, before: UUID | None) -> dict[str, Any]:
        now = START + timedelta(days=365)
        return {**NOTHING, **self.filter, "now": now, "before": before, "limit": PAGE + 1}

    def __str__(self) -> str:
        return self.name


RARE = 100 * PAGE + 1
LISTS = [
    List("accounts", directory.LIST, "account_pkey", {}),
    List("messages", correspondence.LIST, "outbox_pkey", {}),
    List("messages, sent", correspondence.LIST, "outbox_pkey", {"status": "sent"}),
    List("messages, failed", correspondence.LIST, "outbox_mail", {"status": "failed"}, RARE),
    List("lockouts", locks.LIST, "lockout_pkey", {}),
    List("lockouts, active", locks.LIST, "lockout_active", {"active": True}, 2 * PAGE + 1),
    List("lockouts, over", locks.LIST, "lockout_pkey", {"active": False}),
    List("alerts", alerts.LIST, "alert_pkey", {}),
    List("alerts, resolved", alerts.LIST, "alert_pkey", {"state": "resolved"}),
    List("readiness", records.LIST, "readiness_pkey", {}),
    List("readiness, since", records.LIST, "readiness_pkey", {"since": MIDDLE}, ROWS // 2 + PAGE),
]


@pytest.fixture(scope="module")
def database(migrated_url: str) -> Iterator[Database]:
    database = open_database(migrated_url, patience=PATIENCE)
    database.run(EMPTY)
    for table in (ACCOUNTS, MESSAGES, LOCKOUTS, ALERTS, READINESS):
        database.run(table)
    database.run("ANALYZE")
    yield database
    database.run(EMPTY)
    database.close()


EMPTY = "TRUNCATE account, outbox, lockout, alert, readiness CASCADE"


def plan(database: Database, statement: str, params: dict[str, Any]) -> dict[str, Any]:
    """What feeds the page."""
    row = database.fetch_one(f"EXPLAIN (FORMAT JSON) {statement}", **params)
    assert row
    fed: dict[str, Any]
    (fed,) = (n for n in row[0][0]["Plan"]["Plans"] if n["Parent Relationship"] == "Outer")
    return fed


def seconds(ask: Callable[[], Any]) -> float:
    taken = []
    for _ in range(21):
        begun = time.perf_counter()
        ask()
        taken.append(time.perf_counter() - begun)
    return median(taken)


@pytest.mark.parametrize("of", LISTS, ids=str)
class TestAList:
    @pytest.mark.parametrize("end", ["first", "last"])
    def test_is_read_by_one_index_at_both_ends(
        self, database: Database, of: List, end: str
    ) -> None:
        before = id_of(of.last) if end == "last" else None
        node = plan(database, of.statement, of.params(before))
        assert node["Node Type"] == "Index Scan"
        assert (node["Index Name"], node["Scan Direction"]) == (of.index, "Backward")

    def test_ends_with_a_page_like_the_others(self, database: Database, of: List) -> None:
        last = database.fetch_all(of.statement, **of.params(id_of(of.last)))
        assert 0 < len(last) <= PAGE

    @pytest.mark.skipif(not IS_FULL, reason="needs the machine for itself: REHEARSAL=full")
    def test_takes_as_long_for_its_last_page(self, database: Database, of: List) -> None:
        first, last = (
            seconds(lambda: database.fetch_all(of.statement, **of.params(before)))  # noqa: B023
            for before in (None, id_of(of.last))
        )
        print(f"\n{of.name:18} first {first * 1000:5.2f} ms, last {last * 1000:5.2f} ms")
        assert abs(first - last) < NEAR


def test_an_address_is_found_among_all_accounts(database: Database) -> None:
    params = List("", "", "", {"email_key": "user77@example.com"}).params(None)
    node = plan(database, directory.LIST, params)
    assert "'Index Name': 'account_email_key_key'" in str(node)


def test_the_beginning_of_an_address_is_found_among_all_accounts(database: Database) -> None:
    params = List("", "", "", {"beginning": "user7777%"}).params(None)
    row = database.fetch_one(f"EXPLAIN (FORMAT JSON) {directory.SEARCH}", **params)
    assert "account_email_prefix" in str(row)
    assert "Seq Scan" not in str(row)
