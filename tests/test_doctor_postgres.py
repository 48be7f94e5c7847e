"""The doctor sees what is wrong with Postgres: each illness is a real one, in a real server."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from psycopg2.errors import QueryCanceled

from ostiary.doctor.postgres import activity, durability, indexes, server
from ostiary.platform.migrations import statements
from tests.doctor_fixture import Clinic, clinic, ward
from tests.waiting import wait_until

__all__ = ["clinic", "ward"]

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PUBLIC = {
    "APP_ENV": "production",
    "CORS_ORIGINS": "https://app.example.com",
    "PUBLIC_URL": "https://id.example.com",
}
CONFIGURED = [
    ("postgres_not_durable", "fsync"),
    ("postgres_not_durable", "full_page_writes"),
    ("commits_not_awaited", "synchronous_commit"),
    ("autovacuum_off", "autovacuum"),
    ("autovacuum_off", "track_counts"),
]


def archiver(**figures: Any) -> Any:
    usual = {"is_on": True, "at_least_every": timedelta(), "failures": 0, "failed_at": None}
    return SimpleNamespace(**usual | {"archived_at": NOON} | figures)


def ids(look: Callable[..., Any], *readings: Any, **more: Any) -> list[str]:
    return [finding.id for finding in look(*readings, **more)]


class TestDurability:
    @pytest.mark.parametrize(("id", "setting"), CONFIGURED)
    def test_that_is_switched_off_is_found(self, clinic: Clinic, id: str, setting: str) -> None:
        clinic.configure(**{setting: "off"})
        assert clinic.found("Postgres' durability") == {id}

    def test_without_an_archive_is_a_notice_in_public(self, clinic: Clinic) -> None:
        assert clinic.found("Postgres' durability", **PUBLIC) == {"archiving_off"}

    def test_with_an_archive_that_fails(self) -> None:
        failing = archiver(failed_at=NOON + timedelta(minutes=1), failures=3)
        found = ids(durability.archiving, failing, NOON + timedelta(minutes=2), is_public=True)
        assert found == ["archiving_failing"]

    @pytest.mark.parametrize(("minutes", "expected"), [(59, []), (61, ["archiving_late"])])
    def test_with_an_archive_that_is_late(self, minutes: int, expected: list[str]) -> None:
        now = NOON + timedelta(minutes=minutes)
        assert ids(durability.archiving, archiver(), now, is_public=True) == expected

    def test_near_the_end_of_transaction_numbers(self) -> None:
        row = SimpleNamespace(autovacuum=True, track_counts=True, transactions=1_600_000_000)
        assert ids(durability.tidiness, row) == ["wraparound_near"]


class TestTheServer:
    def test_without_all_migrations(self, clinic: Clinic) -> None:
        clinic.run("UPDATE migration SET number = -number WHERE number = 1")
        found = clinic.found("Postgres")
        clinic.run("UPDATE migration SET number = -number WHERE number = -1")
        assert found == {"migrations_pending"}

    def test_with_too_few_connections_for_these_settings(self, clinic: Clinic) -> None:
        assert clinic.found("Postgres", WEB_THREADS="100") == {"postgres_connections_few"}

    def test_with_hardly_a_connection_left(self, clinic: Clinic) -> None:
        held = [clinic.connect() for _ in range(80)]
        assert clinic.found("Postgres") == {"postgres_connections_spent"}
        for each in held:
            each.close()

    def test_that_refuses(self, clinic: Clinic) -> None:
        nobody = clinic.postgres.url.replace("ostiary:", "stranger:")
        report = clinic.examine("Postgres", DATABASE_URL=nobody)
        assert [each.advice.id for each in report.findings] == ["postgres_unreachable"]
        assert "stranger" not in report.findings[0].evidence

    def test_that_is_slow(self) -> None:
        assert ids(server.slowness, 0.06) == ["postgres_slow"]
        assert ids(server.slowness, 0.04) == []

    def test_that_is_old_or_a_standby(self) -> None:
        row = SimpleNamespace(version=140_009, version_in_words="14.9", is_standby=True)
        assert ids(server.identity, row) == ["postgres_old", "postgres_standby"]


class TestATransaction:
    def test_that_does_nothing_for_long(self, clinic: Clinic) -> None:
        holder = clinic.connect()
        holder.cursor().execute("BEGIN")
        assert clinic.found("Postgres' transactions") == set()
        clinic.later = timedelta(minutes=2)
        assert clinic.found("Postgres' transactions") == {"idle_in_transaction"}
        holder.close()

    def test_that_works_for_long(self, clinic: Clinic) -> None:
        worker = clinic.connect()

        def work() -> None:
            with suppress(QueryCanceled):
                worker.cursor().execute("SELECT pg_sleep(60)")

        thread = Thread(target=work)
        thread.start()
        clinic.later = timedelta(minutes=6)
        wait_until(lambda: clinic.found("Postgres' transactions") == {"long_transaction"})
        worker.cancel()
        thread.join()
        worker.close()

    def test_that_others_wait_for(self, clinic: Clinic) -> None:
        holder, waiter = clinic.connect(), clinic.connect()
        holder.cursor().execute("BEGIN; LOCK TABLE channel")
        thread = Thread(target=waiter.cursor().execute, args=("SELECT FROM channel",))
        thread.start()
        clinic.later = timedelta(seconds=30)
        wait_until(lambda: clinic.found("Postgres' transactions") == {"waiting_for_lock"})
        [found] = clinic.examine("Postgres' transactions").findings
        assert f"for pid {holder.info.backend_pid}." in found.evidence
        holder.close()
        thread.join()

    def test_of_which_nobody_knows_more(self) -> None:
        assert ids(activity.lock_waits, []) == []


class TestAnIndex:
    def test_that_is_gone(self, clinic: Clinic) -> None:
        [made] = [sql for text in statements() for sql in text.split(";") if "attempt_at ON" in sql]
        clinic.run("DROP INDEX attempt_at")
        found = clinic.examine("Postgres' indexes").findings
        clinic.run(made)
        assert [each.evidence for each in found] == ["Missing: attempt_at."]

    def test_that_was_never_finished(self, clinic: Clinic) -> None:
        invalid = "UPDATE pg_index SET indisvalid = {} WHERE indexrelid = 'attempt_at'::regclass"
        clinic.run(invalid.format("false"))
        found = clinic.found("Postgres' indexes")
        clinic.run(invalid.format("true"))
        assert found == {"index_invalid"}

    def test_that_is_large_and_idle(self) -> None:
        row = SimpleNamespace(name="toy", is_unique=False, bytes=200 * 2**20, scans=0)
        assert ids(indexes.unused, [row]) == ["index_unused"]
        row.scans = 1
        assert ids(indexes.unused, [row]) == []

    def test_that_a_table_lacks(self) -> None:
        row = SimpleNamespace(name="toy", rows=20_000, scans=2000, read=2000 * 20_000)
        assert ids(indexes.scanned, [row]) == ["sequential_scans"]

    def test_that_was_dropped_again_is_not_expected(self) -> None:
        texts = ["CREATE INDEX a ON t (x); CREATE UNIQUE INDEX b ON t (y)", "DROP INDEX a"]
        assert indexes.expected(texts) == {"b"}


class TestTheClocks:
    @pytest.mark.parametrize("minutes", [-5, 5])
    def test_that_differ(self, clinic: Clinic, minutes: int) -> None:
        clinic.host_is_ahead = timedelta(minutes=minutes)
        found = clinic.examine("clocks").findings
        assert [each.advice.id for each in found] == ["clock_skewed"] * 2
        assert {each.evidence.split()[0] for each in found} == {"Postgres", "Redis"}
