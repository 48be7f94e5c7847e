"""What is asked again and again is planned once, where Postgres' session is ours alone."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import peewee
import pytest

from ostiary.errors import Unavailable
from ostiary.platform.database import Database, open_database
from ostiary.platform.database.plans import MOST
from ostiary.platform.identifiers import new_id
from tests.pgbouncer import PGBOUNCER, PgBouncer
from workshop.harness.postgres import EmbeddedPostgres

PREPARED = "SELECT name FROM pg_prepared_statements WHERE name LIKE '%entry%' ORDER BY name"
ADD = "INSERT INTO entry (number, owner) VALUES (%(number)s, %(owner)s)"
FIND = "SELECT number, at FROM entry WHERE number = %(number)s"
OWNED = "SELECT number FROM entry WHERE owner IS NOT DISTINCT FROM %(owner)s ORDER BY number"


@pytest.fixture
def database(postgres: EmbeddedPostgres) -> Iterator[Database]:
    with closing(open_database(postgres.url)) as database:
        database.run(
            "CREATE TABLE entry (number integer PRIMARY KEY, owner uuid, at timestamptz,"
            " CHECK (number > 0))"
        )
        yield database
        database.run("DROP TABLE entry")


def prepared(database: Database) -> list[str]:
    """Their names, without the numbers at the end."""
    return [row.name.rpartition("_")[0] for row in database.fetch_all(PREPARED)]


def add(database: Database, number: int, owner: UUID | None = None) -> None:
    database.run(ADD, number=number, owner=owner)


class TestAStatement:
    def test_is_prepared_once(self, database: Database) -> None:
        for number in (1, 2, 3):
            assert database.fetch_one(FIND, number=number) is None
        assert prepared(database) == ["select_entry"]

    def test_finds_what_has_changed_since(self, database: Database) -> None:
        assert database.fetch_one(FIND, number=7) is None
        add(database, 7)
        assert database.fetch_all(FIND, number=7) == [(7, None)]

    def test_that_was_never_sent_is_not_taken_for_prepared(self, database: Database) -> None:
        noted = "SELECT %(note)s::text AS note"
        with pytest.raises(ValueError, match="NUL"):
            database.fetch_one(noted, note="a\0")
        assert database.fetch_all(noted, note="b") == [("b",)]

    def test_is_another_one_for_values_of_other_types(self, database: Database) -> None:
        owner = new_id()
        add(database, 1)
        add(database, 2, owner)
        assert database.fetch_all(OWNED, owner=None) == [(1,)]
        assert database.fetch_all(OWNED, owner=owner) == [(2,)]
        assert prepared(database) == ["insert_entry"] * 2 + ["select_entry"] * 2

    def test_takes_values_as_it_would_have_taken_literals(self, database: Database) -> None:
        at = datetime(2026, 3, 1, tzinfo=UTC)
        sql = (
            "INSERT INTO entry (number, at) SELECT %(n)s, %(at)s WHERE 10 %% %(n)s = 1 RETURNING at"
        )
        assert database.fetch_one(sql, n=3, at=at) == (at,)
        assert database.fetch_one(sql, n=5, at=at) is None

    def test_may_be_one_of_several_in_a_round_trip(self, database: Database) -> None:
        for number in (1, 2):
            found = database.fetch_one(f"{ADD}; {FIND}", number=number, owner=None)
            assert found == (number, None)
        assert prepared(database) == ["insert_entry", "select_entry"]

    def test_may_end_with_a_comment(self, database: Database) -> None:
        for _ in range(2):
            assert database.fetch_all("SELECT 1 AS one -- and no more") == [(1,)]

    def test_may_go_along_with_a_commit(self, database: Database) -> None:
        for numbers in ((1, 2), (3, 4)):
            with database.atomic():
                for number in numbers:
                    database.run_with_commit(ADD, number=number, owner=None)
        assert database.run("SELECT FROM entry") == 4
        assert prepared(database)[0] == "insert_entry"

    def test_stays_prepared_when_its_transaction_is_undone(self, database: Database) -> None:
        with database.atomic() as transaction:
            add(database, 1)
            transaction.rollback()
        add(database, 1)
        assert prepared(database) == ["insert_entry"]

    def test_is_none_that_only_looks_like_one(self, database: Database) -> None:
        database.run("ALTER TABLE entry ADD COLUMN note text DEFAULT 'SELECT; entry'")
        assert database.fetch_all("SELECT 'this; entry' AS text") == [("this; entry",)]
        assert prepared(database) == []


class TestAnError:
    def test_in_its_first_use_spoils_no_later_one(self, database: Database) -> None:
        for _ in range(2):
            with pytest.raises(peewee.IntegrityError):
                add(database, -1)
        add(database, 1)
        assert prepared(database) == ["insert_entry"]

    def test_in_a_later_use_is_an_error_like_any_other(self, database: Database) -> None:
        add(database, 1)
        with pytest.raises(peewee.IntegrityError):
            add(database, 1)
        add(database, 2)
        assert prepared(database) == ["insert_entry"]


class TestAConnection:
    def test_prepares_so_many_and_no_more(self, database: Database) -> None:
        for number in range(MOST + 5):
            assert database.fetch_one(f"SELECT {number} AS n, %(x)s::int AS x", x=1) == (number, 1)
        known = database.fetch_all("SELECT count(*) FROM pg_prepared_statements")[0].count
        assert MOST - 5 < known <= MOST

    @pytest.mark.parametrize(
        "event", ["DEALLOCATE ALL", "ALTER TABLE entry ALTER COLUMN at TYPE text"]
    )
    def test_whose_plans_are_lost_is_left_for_another(self, database: Database, event: str) -> None:
        database.fetch_one(FIND, number=1)
        database.run(event)
        with pytest.raises(Unavailable):
            database.fetch_one(FIND, number=1)
        assert database.fetch_one(FIND, number=1) is None

    def test_goes_on_when_a_column_is_added(self, database: Database) -> None:
        database.fetch_one(FIND, number=1)
        database.run("ALTER TABLE entry ADD COLUMN note text")
        assert database.fetch_one(FIND, number=1) is None
        assert prepared(database) == ["select_entry"]


@pytest.mark.skipif(not PGBOUNCER, reason="needs Debian's pgbouncer")
class TestBehindAPooler:
    @pytest.fixture
    def pooled(
        self, postgres: EmbeddedPostgres, database: Database, servers_home: Path
    ) -> Iterator[Database]:
        home = servers_home / "plans"
        home.mkdir(mode=0o711, exist_ok=True)
        with (
            PgBouncer(home=home, program=Path(str(PGBOUNCER)), behind=postgres.url) as pool,
            closing(open_database(pool.url)) as pooled,
        ):
            yield pooled

    def test_nothing_is_prepared(self, pooled: Database) -> None:
        add(pooled, 1)
        assert pooled.fetch_all(FIND, number=1) == [(1, None)]
        assert prepared(pooled) == []

    def test_a_transaction_has_limits_of_its_own(self, pooled: Database) -> None:
        limit = "SELECT current_setting('statement_timeout') AS limit"
        with pooled.atomic():
            assert pooled.fetch_all(limit) == [("1600ms",)]
        assert pooled.fetch_all(limit) == [("0",)]


def test_every_statement_has_limits_where_the_session_is_ours(database: Database) -> None:
    limit = "SELECT current_setting('statement_timeout') AS limit"
    assert database.fetch_all(limit) == [("1600ms",)]
    with database.atomic():
        assert database.fetch_all(limit) == [("1600ms",)]
