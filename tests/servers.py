"""Which Postgres and Redis the tests run on: the shipped ones, or those of a named folder."""

import os
from pathlib import Path

from workshop.harness.binaries import (
    Program,
    find_postgres,
    find_redis,
    shipped_postgres_folders,
    shipped_redis_folders,
)


def postgres_program() -> Program:
    """`TEST_POSTGRES_BIN` names the folder of another Postgres than the shipped one."""
    return find_postgres(_folder("TEST_POSTGRES_BIN", shipped_postgres_folders()))


def redis_program() -> Program:
    """`TEST_REDIS_BIN` names the folder of another Redis than the shipped one."""
    return find_redis(_folder("TEST_REDIS_BIN", shipped_redis_folders()))


def _folder(variable: str, shipped: list[Path]) -> Path | None:
    named = os.environ.get(variable)
    return Path(named) if named else next(iter(shipped), None)
