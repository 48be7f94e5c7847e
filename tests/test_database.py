"""However Postgres goes away, nobody waits longer than agreed, and nobody notices its return."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from threading import Barrier

import peewee
import psycopg2
import pytest

from ostiary.errors import Unavailable
from ostiary.platform.database import Database, Table, open_database
from tests.waiting import wait_until
from workshop.harness.ports import free_port
from workshop.harness.postgres import EmbeddedPostgres

PATIENCE = timedelta(seconds=1)


@pytest.fixture
def database(postgres: EmbeddedPostgres) -> Iterator[Database]:
    database = open_database(postgres.url, patience=PATIENCE)
    database.run("CREATE TABLE entry (number integer PRIMARY KEY)")
    yield database
    postgres.thaw()
    wait_until(lambda: not database.breaker.is_open)
    database.run("DROP TABLE entry")
    database.close()


@pytest.fixture
def crowd() -> Iterator[ThreadPoolExecutor]:
    """Eight threads; `on_each` gives every one of them its turn."""
    with ThreadPoolExecutor(8) as crowd:
        yield crowd


@contextmanager
def frozen(postgres: EmbeddedPostgres) -> Iterator[None]:
    postgres.freeze()
    try:
        yield
    finally:
        postgres.thaw()


def on_each(crowd: ThreadPoolExecutor, act: Callable[[], object]) -> list[object]:
    together = Barrier(8)

    def turn() -> object:
        together.wait()
        try:
            return act()
        except Unavailable as error:
            return error

    return [each.result() for each in [crowd.submit(turn) for _ in range(8)]]


def seconds_until_unavailable(act: Callable[[], object]) -> float:
    began = time.monotonic()
    with pytest.raises(Unavailable):
        act()
    return time.monotonic() - began


def backend(database: Database) -> int:
    pid: int = database.fetch_all("SELECT pg_backend_pid() AS pid")[0].pid
    return pid


def insert_twice(database: Database) -> None:
    with suppress(peewee.IntegrityError):
        database.run("INSERT INTO entry VALUES (1), (1)")


def state_of(postgres: EmbeddedPostgres, pid: int) -> str:
    with closing(psycopg2.connect(postgres.url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT state FROM pg_stat_activity WHERE pid = %s", [pid])
        return str(cursor.fetchall()[0][0])


def terminate(postgres: EmbeddedPostgres, pid: int) -> None:
    execute_elsewhere(postgres, f"SELECT pg_terminate_backend({pid}, 2000)")


def execute_elsewhere(postgres: EmbeddedPostgres, sql: str) -> None:
    connection = psycopg2.connect(postgres.url)
    connection.autocommit = True
    connection.cursor().execute(sql)
    connection.close()


class TestAFrozenPostgres:
    def test_is_given_up_when_patience_ends(
        self, postgres: EmbeddedPostgres, database: Database
    ) -> None:
        with frozen(postgres):
            assert 0.9 < seconds_until_unavailable(lambda: backend(database)) < 5

    def test_is_not_waited_for_twice(self, postgres: EmbeddedPostgres, database: Database) -> None:
        with frozen(postgres):
            seconds_until_unavailable(lambda: backend(database))
            assert seconds_until_unavailable(lambda: backend(database)) < 0.8

    def test_costs_eight_threads_no_more_than_one(
        self, postgres: EmbeddedPostgres, database: Database, crowd: ThreadPoolExecutor
    ) -> None:
        on_each(crowd, lambda: backend(database))
        with frozen(postgres):
            began = time.monotonic()
            on_each(crowd, lambda: backend(database))
            assert time.monotonic() - began < 5

    def test_costs_threads_that_never_connected_no_more(
        self, postgres: EmbeddedPostgres, database: Database, crowd: ThreadPoolExecutor
    ) -> None:
        with frozen(postgres):
            began = time.monotonic()
            answers = on_each(crowd, lambda: backend(database))
            assert time.monotonic() - began < 5
        assert all(isinstance(each, Unavailable) for each in answers)

    def test_serves_every_thread_again_once_it_thaws(
        self, postgres: EmbeddedPostgres, database: Database, crowd: ThreadPoolExecutor
    ) -> None:
        on_each(crowd, lambda: backend(database))
        with frozen(postgres):
            on_each(crowd, lambda: backend(database))
        wait_until(lambda: not database.breaker.is_open)
        assert all(isinstance(each, int) for each in on_each(crowd, lambda: backend(database)))

    def test_leaves_an_interrupted_transaction_undone(
        self, postgres: EmbeddedPostgres, database: Database
    ) -> None:
        with pytest.raises(Unavailable), database.atomic():
            database.run("INSERT INTO entry VALUES (1)")
            with frozen(postgres):
                database.run("INSERT INTO entry VALUES (2)")
        wait_until(lambda: not database.breaker.is_open)
        assert database.fetch_all("SELECT * FROM entry") == []


class TestARestartedPostgres:
    def test_costs_nobody_an_error(
        self, postgres: EmbeddedPostgres, database: Database, crowd: ThreadPoolExecutor
    ) -> None:
        on_each(crowd, lambda: backend(database))
        postgres.restart()
        assert all(isinstance(each, int) for each in on_each(crowd, lambda: backend(database)))

    def test_is_missed_while_it_is_away(
        self, postgres: EmbeddedPostgres, database: Database
    ) -> None:
        postgres.stop()
        try:
            assert seconds_until_unavailable(lambda: backend(database)) < 0.8
        finally:
            postgres.start()
        wait_until(lambda: not database.breaker.is_open)


class TestAConnectionThatIsKilled:
    def test_is_replaced_unnoticed_between_statements(
        self, postgres: EmbeddedPostgres, database: Database
    ) -> None:
        terminate(postgres, backend(database))
        assert backend(database)

    def test_ends_its_transaction_as_unavailable(
        self, postgres: EmbeddedPostgres, database: Database
    ) -> None:
        with pytest.raises(Unavailable), database.atomic(), database.atomic():
            terminate(postgres, backend(database))
            database.run("INSERT INTO entry VALUES (1)")
        assert database.fetch_all("SELECT * FROM entry") == []

    def test_does_not_hide_why_the_block_was_left(
        self, postgres: EmbeddedPostgres, database: Database
    ) -> None:
        with pytest.raises(KeyError), database.atomic():
            terminate(postgres, backend(database))
            raise KeyError
        assert not database.in_transaction()

    def test_is_never_taken_for_a_commit(
        self, postgres: EmbeddedPostgres, database: Database
    ) -> None:
        with pytest.raises(Unavailable), database.atomic():
            database.run("INSERT INTO entry VALUES (1)")
            terminate(postgres, backend(database))
        assert database.fetch_all("SELECT * FROM entry") == []

    def test_is_never_taken_for_a_commit_when_its_error_is_swallowed(
        self, postgres: EmbeddedPostgres, database: Database
    ) -> None:
        with pytest.raises(Unavailable), database.atomic():
            terminate(postgres, backend(database))
            seconds_until_unavailable(lambda: database.run("INSERT INTO entry VALUES (1)"))
        assert database.fetch_all("SELECT * FROM entry") == []

    def test_concerns_nobody_else(self, postgres: EmbeddedPostgres, database: Database) -> None:
        with pytest.raises(Unavailable), database.atomic():
            terminate(postgres, backend(database))
            backend(database)
        assert database.breaker.trips == 0


class TestAServerThatCannotBeReached:
    @pytest.fixture
    def black_hole(self) -> Iterator[Database]:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            hole = open_database(f"postgresql://nobody@127.0.0.1:{port}/none", patience=PATIENCE)
            yield hole
            hole.breaker.close()

    @pytest.fixture
    def nobody(self) -> Iterator[Database]:
        nobody = open_database(f"postgresql://nobody@127.0.0.1:{free_port()}/none")
        yield nobody
        nobody.breaker.close()

    def test_is_missed_at_once_where_the_port_is_refused(self, nobody: Database) -> None:
        assert seconds_until_unavailable(lambda: backend(nobody)) < 1.5
        assert nobody.breaker.is_open

    def test_is_given_up_when_it_accepts_and_says_nothing(self, black_hole: Database) -> None:
        assert 0.9 < seconds_until_unavailable(lambda: backend(black_hole)) < 5
        assert seconds_until_unavailable(lambda: backend(black_hole)) < 0.8

    def test_is_given_up_when_nobody_looks_up_its_name(self, silent_name: str) -> None:
        nowhere = open_database(f"postgresql://{silent_name}/", patience=PATIENCE)
        assert 0.9 < seconds_until_unavailable(lambda: backend(nowhere)) < 1.5
        nowhere.breaker.close()

    def test_is_given_up_before_a_transaction_begins(self, black_hole: Database) -> None:
        seconds_until_unavailable(lambda: black_hole.atomic().__enter__())
        assert not black_hole.in_transaction()


class TestAServerThatRefuses:
    def test_is_unavailable_to_one_and_not_to_all(
        self, postgres: EmbeddedPostgres, database: Database
    ) -> None:
        stranger = open_database(postgres.url.replace("ostiary:", "stranger:", 1))
        seconds_until_unavailable(lambda: backend(stranger))
        assert not stranger.breaker.is_open

    def test_is_left_for_another_when_it_became_read_only(self, database: Database) -> None:
        before = backend(database)
        with pytest.raises(Unavailable), database.atomic():
            database.run("SET LOCAL transaction_read_only = on")
            database.run("INSERT INTO entry VALUES (1)")
        assert backend(database) != before

    def test_lets_a_constraint_speak_for_itself(self, database: Database) -> None:
        database.run("INSERT INTO entry VALUES (1)")
        with pytest.raises(peewee.IntegrityError):
            database.run("INSERT INTO entry VALUES (1)")

    def test_lets_a_mistake_speak_for_itself(self, database: Database) -> None:
        with pytest.raises(peewee.ProgrammingError):
            database.run("SELECT nonsense")


class TestALockHeldByOthers:
    @pytest.fixture
    def locked(self, postgres: EmbeddedPostgres, database: Database) -> Iterator[None]:
        with psycopg2.connect(postgres.url) as connection:
            connection.cursor().execute("LOCK TABLE entry")
            yield
        connection.close()

    def test_is_waited_for_no_longer_than_anything(self, database: Database, locked: None) -> None:
        began = time.monotonic()
        with pytest.raises(Unavailable), database.atomic():
            database.run("DELETE FROM entry")
        assert time.monotonic() - began < 5

    def test_leaves_the_connection_as_it_was(self, database: Database, locked: None) -> None:
        before = backend(database)
        with pytest.raises(Unavailable), database.atomic():
            database.run("DELETE FROM entry")
        assert backend(database) == before
        assert not database.breaker.trips


class TestATransaction:
    def test_begins_with_its_first_statement(
        self, postgres: EmbeddedPostgres, database: Database
    ) -> None:
        pid = backend(database)
        with database.atomic():
            assert state_of(postgres, pid) == "idle"
            backend(database)
            assert state_of(postgres, pid) == "idle in transaction"

    def test_whose_first_statement_fails_is_not_taken_for_committed(
        self, database: Database
    ) -> None:
        database.run("INSERT INTO entry VALUES (1)")
        with pytest.raises(peewee.InternalError), database.atomic():
            insert_twice(database)
            database.run_with_commit("INSERT INTO entry VALUES (3)")
        assert database.fetch_all("SELECT * FROM entry") == [(1,)]

    def test_writes_with_its_commit_what_nobody_waits_for(self, database: Database) -> None:
        with database.atomic():
            for number in (1, 2):
                database.run_with_commit("INSERT INTO entry VALUES (%(number)s)", number=number)
            assert database.fetch_all("SELECT * FROM entry") == []
        assert database.fetch_all("SELECT * FROM entry") == [(1,), (2,)]

    def test_leaves_nothing_open_when_all_it_writes_goes_with_its_commit(
        self, postgres: EmbeddedPostgres, database: Database
    ) -> None:
        with database.atomic():
            database.run_with_commit("INSERT INTO entry VALUES (1)")
        assert state_of(postgres, backend(database)) == "idle"

    @pytest.mark.parametrize("nothing", ["SELEC", "SELECT %(unknown)s"])
    def test_begins_though_its_first_statement_is_none(
        self, database: Database, nothing: str
    ) -> None:
        with pytest.raises(ZeroDivisionError), database.atomic():
            with suppress(peewee.ProgrammingError, KeyError):
                database.run(nothing, known=1)
            database.run("INSERT INTO entry VALUES (1)")
            raise ZeroDivisionError
        assert database.fetch_all("SELECT * FROM entry") == []

    def test_is_undone_when_what_goes_with_its_commit_fails(self, database: Database) -> None:
        with pytest.raises(peewee.IntegrityError), database.atomic():
            database.run("INSERT INTO entry VALUES (1)")
            database.run_with_commit("INSERT INTO entry VALUES (1)")
        assert database.fetch_all("SELECT * FROM entry") == []

    def test_with_a_failed_statement_is_not_taken_for_committed(self, database: Database) -> None:
        with pytest.raises(peewee.InternalError), database.atomic():
            insert_twice(database)
        assert database.fetch_all("SELECT * FROM entry") == []

    def test_is_committed_even_if_others_lost_postgres_meanwhile(self, database: Database) -> None:
        with database.atomic():
            database.run("INSERT INTO entry VALUES (1)")
            database.breaker.trip()
            wait_until(lambda: not database.breaker.is_open)
        assert database.fetch_all("SELECT * FROM entry") == [(1,)]

    def test_forgets_what_was_to_follow_when_it_is_undone(self, database: Database) -> None:
        done: list[str] = []
        with pytest.raises(KeyError), database.atomic():
            database.after_commit(lambda: done.append("outer"))
            raise KeyError
        with database.atomic():
            backend(database)
        assert done == []

    def test_forgets_what_was_to_follow_an_undone_part(self, database: Database) -> None:
        done: list[str] = []
        with database.atomic():
            database.after_commit(lambda: done.append("outer"))
            with pytest.raises(KeyError), database.atomic():
                database.after_commit(lambda: done.append("inner"))
                raise KeyError
        assert done == ["outer"]

    def test_is_done_even_if_what_follows_fails(self, database: Database) -> None:
        done: list[str] = []
        with database.atomic():
            database.run("INSERT INTO entry VALUES (1)")
            database.after_commit(lambda: 1 // 0)
            database.after_commit(lambda: done.append("next"))
        assert done == ["next"]

    def test_of_a_client_that_stands_still_is_ended_by_the_server(
        self, postgres: EmbeddedPostgres
    ) -> None:
        hasty = open_database(postgres.url, patience=timedelta(seconds=0.5))
        with pytest.raises(Unavailable), hasty.atomic():
            backend(hasty)
            time.sleep(2.3)
            backend(hasty)
        assert backend(hasty)


class TestAThread:
    def test_keeps_its_connection(self, database: Database) -> None:
        assert backend(database) == backend(database)

    def test_takes_its_connection_along_when_it_ends(self, database: Database) -> None:
        with ThreadPoolExecutor(1) as brief:
            pid = brief.submit(backend, database).result()
        sql = "SELECT FROM pg_stat_activity WHERE pid = %(pid)s"
        wait_until(lambda: not database.fetch_all(sql, pid=pid))

    def test_in_a_forked_process_opens_its_own(self, database: Database) -> None:
        before = backend(database)
        child = os.fork()
        if child == 0:
            os._exit(backend(database) == before)
        assert os.waitpid(child, 0)[1] == 0
        assert backend(database) == before


class TestRows:
    def test_are_named_tuples_of_python_types(self, database: Database) -> None:
        row = database.fetch_one(
            "SELECT 'x'::bytea AS digest, %(roles)s::text[] AS roles", roles=["a"]
        )
        assert row == (b"x", ["a"])
        assert row.digest == b"x"

    def test_may_be_missing(self, database: Database) -> None:
        assert database.fetch_one("SELECT 1 WHERE false") is None

    def test_are_counted(self, database: Database) -> None:
        assert database.run("INSERT INTO entry SELECT generate_series(1, 3)") == 3


class TestATable:
    def test_says_its_name(self) -> None:
        with pytest.raises(TypeError, match="does not name its table"):
            type("Nameless", (Table,), {})

    def test_lives_in_the_database_it_is_bound_to(self, database: Database) -> None:
        class Entry(Table):
            number = peewee.IntegerField(primary_key=True)

            class Meta:
                table_name = "entry"

        database.bind([Entry])
        Entry.create(number=7)
        assert [each.number for each in Entry.select()] == [7]
