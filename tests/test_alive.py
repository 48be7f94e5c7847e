"""The containers' health check tells a process that is silent from a Postgres that is away."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ostiary.platform.database import Database, open_database
from ostiary.watch.heartbeats import Heartbeats
from tests.doctor_fixture import frozen
from tests.pgbouncer import PGBOUNCER, PgBouncer
from tests.source_tree import HOUSE
from workshop.harness.postgres import EmbeddedPostgres

CHECK = HOUSE / "docs/ops/alive.py"
# Of whoever asks; after that, no answer is a bad one.
LIMIT_SECONDS = 20


def is_alive(**environ: str) -> bool:
    environ |= {"PATH": os.defpath}
    done = subprocess.run([sys.executable, CHECK], check=False, env=environ, capture_output=True)
    assert done.stderr == b""
    return done.returncode == 0


@pytest.fixture
def database(database_url: str) -> Database:
    return open_database(database_url)


def beat(database: Database, *, ago: timedelta = timedelta()) -> None:
    Heartbeats(database, lambda: datetime.now(UTC) - ago).beat("worker")


def test_somebody_who_beats_is_alive(database: Database, database_url: str) -> None:
    beat(database)
    assert is_alive(DATABASE_URL=database_url)


def test_somebody_who_stopped_is_not(database: Database, database_url: str) -> None:
    beat(database, ago=timedelta(seconds=20))
    assert not is_alive(DATABASE_URL=database_url)


def test_somebody_who_never_began_is_not(database_url: str) -> None:
    assert not is_alive(DATABASE_URL=database_url)


def test_another_container_counts_for_itself(database: Database, database_url: str) -> None:
    beat(database)
    database.run("UPDATE heartbeat SET instance = 'elsewhere:7'")
    assert not is_alive(DATABASE_URL=database_url)


def test_the_url_may_come_from_a_file(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    beat(database)
    (tmp_path / "url").write_text(f"{database_url}\n")
    assert is_alive(DATABASE_URL_FILE=str(tmp_path / "url"))


def test_nobody_is_to_blame_for_a_postgres_that_is_away() -> None:
    assert is_alive(DATABASE_URL="postgresql://nobody:nothing@127.0.0.1:1/none")


def test_nobody_is_to_blame_for_a_schema_that_is_missing(database_url: str) -> None:
    assert is_alive(DATABASE_URL=f"{database_url.rpartition('/')[0]}/template1")


@pytest.mark.skipif(not PGBOUNCER, reason="needs Debian's pgbouncer")
class TestBehindAPooler:
    @pytest.fixture
    def pooled_url(self, migrated_url: str, servers_home: Path) -> Iterator[str]:
        home = servers_home / "alive"
        home.mkdir(mode=0o711, exist_ok=True)
        with PgBouncer(home=home, program=Path(str(PGBOUNCER)), behind=migrated_url) as pool:
            yield pool.url

    def test_somebody_who_beats_is_alive(self, database: Database, database_url: str) -> None:
        beat(database)
        assert is_alive(DATABASE_URL=database_url)

    def test_somebody_who_never_began_is_not(self, database_url: str) -> None:
        assert not is_alive(DATABASE_URL=database_url)

    def test_nobody_is_to_blame_for_a_postgres_that_is_frozen(
        self, postgres: EmbeddedPostgres, database_url: str
    ) -> None:
        began = time.monotonic()
        with frozen(postgres):
            assert is_alive(DATABASE_URL=database_url)
        assert time.monotonic() - began < LIMIT_SECONDS
