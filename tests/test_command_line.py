"""The `ostiary` command answers quickly, migrates, and says no with exit code 1."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
import pytest

from ostiary.cli import COMMANDS
from tests.waiting import wait_until
from workshop.harness.ports import free_port
from workshop.harness.postgres import EmbeddedPostgres

COMMAND = str(Path(sys.executable).with_name("ostiary"))
REFUSED = f"postgresql://nobody@127.0.0.1:{free_port()}/nowhere"


def run(*words: str, database_url: str = REFUSED) -> subprocess.CompletedProcess[str]:
    environ = settings(database_url)
    return subprocess.run(
        [COMMAND, *words], check=False, env=environ, capture_output=True, text=True, timeout=60
    )


@contextmanager
def begun(*words: str, database_url: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [COMMAND, *words], env=settings(database_url), stdout=subprocess.PIPE, text=True
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def settings(database_url: str) -> dict[str, str]:
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": "redis://127.0.0.1/0",
        "SECRET_KEYS": "k" * 32,
    }


def on_server(postgres: EmbeddedPostgres, statement: str) -> None:
    with closing(psycopg2.connect(postgres.url)) as connection:
        connection.autocommit = True
        connection.cursor().execute(statement)


@pytest.fixture
def empty_url(postgres: EmbeddedPostgres) -> Iterator[str]:
    """A database without a single table."""
    on_server(postgres, "CREATE DATABASE bare")
    yield postgres.url_of("bare")
    on_server(postgres, "DROP DATABASE bare WITH (FORCE)")


class TestHelp:
    def test_names_every_command(self) -> None:
        assert all(name in run("--help").stdout for name in COMMANDS)

    def test_imports_none_of_them(self) -> None:
        code = "import sys, ostiary.cli; sys.exit(any(m in sys.modules for m in %r))"
        heavy = ("pydantic", "peewee", "redis", "workshop.commands.dev")
        assert subprocess.run([sys.executable, "-c", code % (heavy,)], check=False).returncode == 0

    def test_of_an_unknown_command_is_an_error_of_usage(self) -> None:
        assert run("fly").returncode == 2


class TestMigrate:
    def test_applies_what_is_missing_and_says_so_in_json(self, empty_url: str) -> None:
        result = run("migrate", database_url=empty_url)
        events = [json.loads(line)["event"] for line in result.stdout.splitlines()]
        assert (result.returncode, events[-1]) == (0, "schema_up_to_date")
        assert "migration_applied" in events

    def test_may_be_repeated(self, empty_url: str) -> None:
        run("migrate", database_url=empty_url)
        again = run("migrate", database_url=empty_url)
        assert json.loads(again.stdout)["applied"] == 0

    def test_checks_without_changing_anything(self, empty_url: str) -> None:
        for _ in range(2):
            result = run("migrate", "--check", database_url=empty_url)
            assert result.returncode == 1
            assert "missing 0001" in result.stdout

    def test_check_is_content_with_a_migrated_database(self, migrated_url: str) -> None:
        result = run("migrate", "--check", database_url=migrated_url)
        assert (result.returncode, result.stdout) == (0, "up to date\n")

    def test_check_fails_at_once_while_postgres_is_away(self) -> None:
        result = run("migrate", "--check")
        assert (result.returncode, result.stdout) == (1, "")
        *logged, said = result.stderr.splitlines()
        assert said.startswith("Error: Postgres")
        assert all(json.loads(line)["process"] == "cli" for line in logged)

    def test_is_told_as_one_document(self, empty_url: str) -> None:
        missing = run("migrate", "--check", "--json", database_url=empty_url)
        applied = run("migrate", "--json", database_url=empty_url)
        assert (missing.returncode, applied.returncode) == (1, 0)
        assert json.loads(missing.stdout)["missing"] == json.loads(applied.stdout)["applied"]
        assert "schema_up_to_date" in applied.stderr
        assert run("migrate", "--check", "--json", database_url=empty_url).returncode == 0

    def test_waits_for_postgres_and_says_so(self, servers_home: Path) -> None:
        late = EmbeddedPostgres(home=servers_home / "late", durable=False)
        with begun("migrate", database_url=late.url) as waiting:
            assert any("release_waits" in line for line in waiting.stdout or ())
            with late:
                assert waiting.wait(60) == 0


class TestARelease:
    """Who stops it must not take it for done."""

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_that_waits_for_postgres_ends_at_once(self, number: signal.Signals) -> None:
        with begun("migrate", database_url=REFUSED) as waiting:
            assert waiting.stdout
            assert any("release_waits" in line for line in waiting.stdout)
            assert ended_by(number, waiting) == 128 + number
            *_, last = waiting.stdout
        assert json.loads(last)["event"] == "release_stopped"

    def test_that_waits_for_another_changes_nothing(
        self, postgres: EmbeddedPostgres, empty_url: str
    ) -> None:
        with closing(psycopg2.connect(empty_url)) as other, other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(b"migrate")])
            with begun("migrate", database_url=empty_url) as waiting:
                wait_until(lambda: is_awaited(postgres))
                assert ended_by(signal.SIGTERM, waiting) == 128 + signal.SIGTERM
        assert "missing 0001" in run("migrate", "--check", database_url=empty_url).stdout


def ended_by(number: signal.Signals, process: subprocess.Popen[str]) -> int:
    process.send_signal(number)
    return process.wait(timeout=20)


def is_awaited(postgres: EmbeddedPostgres) -> bool:
    with closing(psycopg2.connect(postgres.url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return bool(cursor.fetchall()[0][0])


class TestBadSettings:
    def test_are_named_with_exit_code_78(self) -> None:
        result = run("migrate", database_url="mysql://x")
        assert result.returncode == 78
        assert "DATABASE_URL" in result.stderr


class TestACommandBeforeTheRelease:
    def test_says_what_to_run(self, empty_url: str) -> None:
        said = run("lockouts", database_url=empty_url)
        assert (said.returncode, said.stdout) == (1, "")
        assert said.stderr == "Error: Run `ostiary migrate`: 0001_accounts is missing.\n"
