"""Real servers for every test: a Postgres and a Redis of our own, started when first used."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.pgbouncer import PgBouncer
from tests.seeds import seeded_postgres
from tests.sentinels import Failovers, failing_over
from tests.servers import redis_program
from tests.truncate import Emptying
from workshop.harness.postgres import EmbeddedPostgres
from workshop.harness.redis import EmbeddedRedis

pytest_plugins = [
    "tests.route_table",
    "tests.app_client",
    "tests.outbox_fixture",
    "tests.dns_stub",
    "tests.watching",
]

# A machine that does much besides is no fault of what is tried.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


@pytest.fixture(scope="session")
def servers_home() -> Iterator[Path]:
    """A folder that a Postgres started by root can enter, as pytest's own are not."""
    home = Path(tempfile.mkdtemp(prefix="ostiary-tests-"))
    home.chmod(0o711)
    yield home
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(servers_home: Path) -> Iterator[EmbeddedPostgres]:
    with seeded_postgres(servers_home) as server:
        yield server


@pytest.fixture(scope="session")
def redis_server(servers_home: Path) -> Iterator[EmbeddedRedis]:
    with EmbeddedRedis(home=servers_home, durable=False, program=redis_program()) as server:
        yield server


@pytest.fixture(scope="session")
def migrated_url(postgres: EmbeddedPostgres) -> str:
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


@pytest.fixture(scope="session")
def empty_tables(migrated_url: str) -> Iterator[Emptying]:
    with closing(Emptying(migrated_url)) as emptying:
        yield emptying


@pytest.fixture
def database_url(empty_tables: Emptying, pooled_url: str) -> str:
    """A migrated database whose tables are all empty."""
    empty_tables()
    return pooled_url


@pytest.fixture(scope="session")
def failovers(servers_home: Path) -> Iterator[Failovers | None]:
    """With `TEST_SENTINELS`, Redis fails over every few seconds, whatever the tests do."""
    if not os.environ.get("TEST_SENTINELS"):
        yield None
        return
    with failing_over(servers_home / "sentinels") as failovers:
        yield failovers
    assert failovers.count


@pytest.fixture
def redis_url(redis_server: EmbeddedRedis, failovers: Failovers | None) -> str:
    """A Redis without a single key."""
    if failovers:
        return failovers.next_url()
    redis_server.client().flushall()
    return redis_server.url


@pytest.fixture
def remembering(redis_url: str, failovers: Failovers | None) -> dict[str, str]:
    """Whoever fails over is asked by every request."""
    return {"RATE_LIMIT_REDIS_URL": redis_url} if failovers else {}
