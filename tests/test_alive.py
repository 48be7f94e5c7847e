"""The containers' health check tells a process that is silent from a Postgres that is away."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ostiary.platform.database import Database, open_database
from ostiary.watch.heartbeats import Heartbeats
from tests.house import HOUSE

CHECK = HOUSE / "docs/ops/alive.py"


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
