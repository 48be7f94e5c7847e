"""Each migration is applied exactly once, in order, however many replicas start at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import chain
from pathlib import Path
from threading import Timer
from uuid import uuid4

import peewee
import psycopg2
import pytest

from ostiary.platform.database import Database, open_database
from ostiary.platform.migrations import migrate, pending
from workshop.harness.postgres import EmbeddedPostgres


@pytest.fixture
def empty(postgres: EmbeddedPostgres) -> Iterator[Database]:
    """A database in which there is nothing yet."""
    name = f"empty_{uuid4().hex}"
    server = open_database(postgres.url, patience=timedelta(minutes=1))
    server.run(f"CREATE DATABASE {name}")
    database = open_database(postgres.url_of(name))
    yield database
    database.close()
    server.run(f"DROP DATABASE {name} WITH (FORCE)")
    server.close()


class Package(str):
    """The name of an importable package of migrations, and the folder it lives in."""

    folder: Path

    def add(self, name: str, sql: str) -> None:
        (self.folder / f"{name}.py").write_text(f"SQL = {sql!r}\n")


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    package = Package(f"migrations_{uuid4().hex}")
    package.folder = tmp_path / package
    package.folder.mkdir()
    package.add("__init__", "")
    package.add("0001_create_things", "CREATE TABLE thing (id integer); SELECT pg_sleep(0.1)")
    package.add("0002_fill_things", "INSERT INTO thing VALUES (1); INSERT INTO thing VALUES (2)")
    monkeypatch.syspath_prepend(tmp_path)
    return package


BOTH = ["0001_create_things", "0002_fill_things"]


class TestPending:
    def test_names_everything_on_an_empty_database(self, empty: Database, package: Package) -> None:
        assert pending(empty, package=package) == BOTH

    def test_changes_nothing(self, empty: Database, package: Package) -> None:
        pending(empty, package=package)
        assert empty.get_tables() == []

    def test_is_empty_afterwards(self, empty: Database, package: Package) -> None:
        migrate(empty, package=package)
        assert pending(empty, package=package) == []

    def test_does_not_mind_what_a_newer_release_applied(
        self, empty: Database, package: Package
    ) -> None:
        migrate(empty, package=package)
        empty.run("INSERT INTO migration (number, name) VALUES (9, '0009_of_tomorrow')")
        assert pending(empty, package=package) == []


class TestMigrating:
    def test_applies_everything_in_order(self, empty: Database, package: Package) -> None:
        assert migrate(empty, package=package) == BOTH
        assert empty.fetch_all("SELECT id FROM thing ORDER BY id") == [(1,), (2,)]

    def test_does_nothing_the_second_time(self, empty: Database, package: Package) -> None:
        migrate(empty, package=package)
        assert migrate(empty, package=package) == []

    def test_applies_only_what_is_new(self, empty: Database, package: Package) -> None:
        migrate(empty, package=package)
        package.add("0003_forget_things", "DELETE FROM thing WHERE 'a%' LIKE 'a%'")
        assert migrate(empty, package=package) == ["0003_forget_things"]

    def test_by_eight_at_once_applies_each_once(self, empty: Database, package: Package) -> None:
        with ThreadPoolExecutor(8) as replicas:
            answers = list(replicas.map(lambda _: migrate(empty, package=package), range(8)))
        assert sorted(chain(*answers)) == BOTH
        assert empty.fetch_one("SELECT count(*) AS rows FROM thing") == (2,)

    def test_keeps_what_was_done_before_one_that_fails(
        self, empty: Database, package: Package
    ) -> None:
        package.add("0003_fails", "CREATE TABLE half (id integer); SELECT nonsense")
        with pytest.raises(peewee.ProgrammingError):
            migrate(empty, package=package)
        assert pending(empty, package=package) == ["0003_fails"]
        assert not empty.table_exists("half")

    def test_gives_way_to_a_lock_and_tries_again(self, empty: Database, package: Package) -> None:
        migrate(empty, package=package)
        package.add("0003_alter_things", "ALTER TABLE thing ADD name text")
        reader = psycopg2.connect(empty.database)
        reader.cursor().execute("SELECT * FROM thing")
        Timer(5.5, reader.rollback).start()
        assert migrate(empty, package=package) == ["0003_alter_things"]

    def test_refuses_two_of_one_number(self, empty: Database, package: Package) -> None:
        package.add("0002_again", "SELECT 1")
        with pytest.raises(ValueError, match="same number"):
            migrate(empty, package=package)
