"""A database of an earlier release keeps its accounts, registrations and letters' tokens."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from ostiary.platform import migrations
from ostiary.platform.database import Database, open_database
from ostiary.platform.emails import email_key
from ostiary.platform.identifiers import digest
from ostiary.platform.migrations import MigrationBlocked
from workshop.harness.postgres import EmbeddedPostgres

BEFORE = 12
ADA, SQUATTER, BOTH = UUID(int=1), UUID(int=2), UUID(int=3)
OLD = """
INSERT INTO account (id, email, email_key, password_hash, roles, created_at, email_verified_at)
VALUES (%(id)s, %(email)s, %(key)s, 'a hash', '{}', now(), now())
"""
CLAIM = """
INSERT INTO claim (id, account_id, email, email_key, password_hash, created_at)
VALUES (%(id)s, %(account_id)s, 'v@straße.example', 'v@strasse.example', 'a hash', now())
"""


@pytest.fixture
def database(postgres: EmbeddedPostgres) -> Iterator[Database]:
    """As the release before left it, with `ada@bücher.example` in it."""
    name = f"earlier_{uuid4().hex}"
    with closing(open_database(postgres.url, patience=timedelta(minutes=1))) as server:
        server.run(f"CREATE DATABASE {name}")
        with closing(open_database(postgres.url_of(name))) as database:
            _make_earlier(database)
            database.run(OLD, id=ADA, email="Ada@bücher.example", key="ada@bücher.example")
            yield database
        server.run(f"DROP DATABASE {name} WITH (FORCE)")


def _make_earlier(database: Database) -> None:
    database.run(
        "CREATE TABLE migration (number integer PRIMARY KEY, name text NOT NULL, "
        "applied_at timestamptz NOT NULL DEFAULT now())"
    )
    for number, sql in enumerate(migrations.statements()[:BEFORE], 1):
        database.run(sql)
        database.run("INSERT INTO migration (number, name) VALUES (%(n)s, 'earlier')", n=number)


def keys(database: Database) -> dict[UUID, str]:
    return {
        row.id: row.email_key for row in database.fetch_all("SELECT id, email_key FROM account")
    }


class TestTheKeysOfAccounts:
    def test_follow_their_mailboxes(self, database: Database) -> None:
        migrations.migrate(database)
        assert keys(database) == {ADA: email_key("ada@xn--bcher-kva.example")}

    def test_may_change_places(self, database: Database) -> None:
        database.run(OLD, id=SQUATTER, email="w@straße.example", key="w@strasse.example")
        migrations.migrate(database)
        assert keys(database)[SQUATTER] == "w@xn--strae-oqa.example"

    def test_of_one_mailbox_are_named_before_anything_changes(self, database: Database) -> None:
        twin = "ada@xn--bcher-kva.example"
        database.run(OLD, id=BOTH, email=twin, key=twin)
        with pytest.raises(MigrationBlocked) as blocked:
            migrations.migrate(database)
        (said,) = blocked.value.conflicts
        assert {"Ada@bücher.example", twin, str(ADA), str(BOTH)} <= set(
            said.replace("(", " ").replace(")", " ").split()
        )
        assert len(migrations.pending(database)) == len(migrations.statements()) - BEFORE
        assert keys(database)[ADA] == "ada@bücher.example"

    def test_are_in_nobodys_way_once_one_account_is_left(self, database: Database) -> None:
        twin = "ada@xn--bcher-kva.example"
        database.run(OLD, id=BOTH, email=twin, key=twin)
        database.run("DELETE FROM account WHERE id = %(id)s", id=BOTH)
        assert migrations.conflicts(database) == []


class TestWhatWaitsForProof:
    @pytest.fixture
    def waiting(self, database: Database) -> Database:
        """A registration with its letter, and one letter that is not written yet."""
        claim_id, promise_id = UUID(int=7), uuid4()
        database.run(CLAIM, id=claim_id, account_id=None)
        database.run(
            "INSERT INTO verification_token VALUES (%(d)s, %(id)s, now() + interval '1 day')",
            d=digest("a token"),
            id=claim_id,
        )
        event = {"claim_id": str(claim_id), "keep_until": "2026-03-01 12:00:00+00:00"}
        database.run(
            "INSERT INTO outbox (id, task, channel, event, status, created_at, due_at, expires_at)"
            " VALUES (%(id)s, 'tasks.mail.send_verification_email', 'mail', %(event)s::jsonb,"
            " 'queued', now(), now(), now())",
            id=promise_id,
            event=json.dumps(event),
        )
        migrations.migrate(database)
        return database

    def test_is_kept_with_its_key(self, waiting: Database) -> None:
        (row,) = waiting.fetch_all("SELECT id, email, email_key FROM pending_registration")
        assert row == (UUID(int=7), "v@straße.example", "v@xn--strae-oqa.example")

    def test_keeps_its_letter(self, waiting: Database) -> None:
        (row,) = waiting.fetch_all("SELECT purpose, email, email_key, digest FROM letter_token")
        assert row == (
            "verification",
            "v@straße.example",
            "v@xn--strae-oqa.example",
            digest("a token"),
        )

    def test_is_named_by_the_promise_of_its_letter(self, waiting: Database) -> None:
        (row,) = waiting.fetch_all("SELECT event FROM outbox")
        assert row.event == {
            "keep_until": "2026-03-01 12:00:00+00:00",
            "registration_id": str(UUID(int=7)),
            "account_id": None,
        }


class TestSessions:
    def test_that_a_reset_ended_stay_ended(self, database: Database) -> None:
        database.run("UPDATE account SET signed_out_at = now()")
        database.run(
            "INSERT INTO session (id, account_id, created_at, last_seen_at, expires_at, ip,"
            " user_agent) VALUES (%(id)s, %(ada)s, now() - interval '1 hour', now(),"
            " now() + interval '1 hour', '127.0.0.1', '')",
            id=uuid4(),
            ada=ADA,
        )
        migrations.migrate(database)
        (row,) = database.fetch_all("SELECT ended_at FROM session")
        assert row.ended_at is not None
