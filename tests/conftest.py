"""Real servers for every test: a Postgres and a Redis of our own, started when first used."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from ostiary.dev.postgres import EmbeddedPostgres
from ostiary.dev.redis import EmbeddedRedis
from tests.pgbouncer import PgBouncer
from tests.servers import postgres_program, redis_program

pytest_plugins = ["tests.route_table", "tests.door", "tests.errands", "tests.watching"]

EMPTY_EVERY_TABLE = """
DO $$ DECLARE name regclass; used boolean; BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace
        AND relkind IN ('r', 'p') AND NOT relispartition AND relname NOT LIKE '%migration%'
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', name) INTO used;
        IF used THEN EXECUTE format('DELETE FROM %s', name); END IF;
    END LOOP;
END $$
"""


@pytest.fixture(scope="session")
def servers_home() -> Iterator[Path]:
    """A folder that a Postgres started by root can enter, as pytest's own are not."""
    home = Path(tempfile.mkdtemp(prefix="ostiary-tests-"))
    home.chmod(0o711)
    yield home
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(servers_home: Path) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(home=servers_home, durable=False, program=postgres_program()) as server:
        yield server


@pytest.fixture(scope="session")
def redis_server(servers_home: Path) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(home=servers_home, durable=False, program=redis_program()) as server:
        yield server


@pytest.fixture(scope="session")
def migrated_url(postgres: EmbeddedPostgres) -> str:
    from ostiary.platform.database import open_database
    from ostiary.platform.migrations import migrate

    database = open_database(postgres.url)
    migrate(database)
    database.close()
    return postgres.url


@pytest.fixture(scope="session")
def pooled_url(migrated_url: str, servers_home: Path) -> Iterator[str]:
    """The same through the PgBouncer that `TEST_PGBOUNCER` names, if it names one."""
    program = os.environ.get("TEST_PGBOUNCER")
    if not program:
        yield migrated_url
        return
    with PgBouncer(home=servers_home, program=Path(program), behind=migrated_url) as pool:
        yield pool.url


@pytest.fixture
def database_url(migrated_url: str, pooled_url: str) -> str:
    """A migrated database whose tables are all empty."""
    connection = psycopg2.connect(migrated_url, options="-c lock_timeout=5s")
    with connection, connection.cursor() as cursor:
        cursor.execute(EMPTY_EVERY_TABLE)
    connection.close()
    return pooled_url


@pytest.fixture
def redis_url(redis_server: EmbeddedRedis) -> str:
    """A Redis without a single key."""
    redis_server.client().flushall()
    return redis_server.url
