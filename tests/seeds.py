"""A Postgres with its schema, made once by each process that runs tests and copied from then on."""

import atexit
import shutil
import subprocess
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path

import psycopg2

from ostiary.platform.database import open_database
from ostiary.platform.migrations import migrate
from tests.servers import postgres_program
from workshop.harness.postgres import EmbeddedPostgres

# What a password costs whoever connects; Postgres has let it be lowered since version 16.
CHEAPER_PASSWORD = """
SET scram_iterations = 1;
ALTER ROLE CURRENT_USER PASSWORD %s
"""


def seeded_postgres(home: Path, *, durable: bool = False) -> EmbeddedPostgres:
    """Not started yet. To make one from nothing takes two seconds more."""
    seed = _seed()
    server = EmbeddedPostgres(
        home=home, durable=durable, program=seed.program, password=seed.password
    )
    server.data.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", seed.data, server.data], check=True)
    return server


@cache
def _seed() -> EmbeddedPostgres:
    home = Path(tempfile.mkdtemp(prefix="ostiary-seed-"))
    home.chmod(0o711)
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    with EmbeddedPostgres(home=home, durable=False, program=postgres_program()) as server:
        if server.program.major > 15:
            _cheapen(server)
        with closing(open_database(server.url)) as database:
            migrate(database)
    return server


def _cheapen(server: EmbeddedPostgres) -> None:
    with closing(psycopg2.connect(server.url)) as connection, connection, connection.cursor() as to:
        to.execute(CHEAPER_PASSWORD, [server.password])
