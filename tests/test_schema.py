"""The models say what the migrations made: the same tables, columns, types and nullability.

Run on Postgres 15 as well, it proves that the migrations ask for nothing newer.
"""

from collections.abc import Iterator

import pytest

from ostiary.platform.database import Database, open_database
from ostiary.services import MODELS

# The engine's own table, older than any model.
WITHOUT_MODEL = "migration"
TABLES = """
SELECT relname AS name FROM pg_class WHERE relnamespace = %(schema)s::regnamespace
AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> %(without_model)s
"""
COLUMNS = """
SELECT attname AS name, format_type(atttypid, atttypmod) AS type, attnotnull AS required
FROM pg_attribute WHERE attrelid = %(table)s::regclass AND attnum > 0 AND NOT attisdropped
"""
KEY = """
SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint
WHERE conrelid = %(table)s::regclass AND contype = 'p'
"""
NAMES = sorted(model._meta.table_name for model in MODELS)


@pytest.fixture(scope="module")
def database(migrated_url: str) -> Iterator[Database]:
    """The models' own idea of their tables, in a schema that is rolled back."""
    database = open_database(migrated_url)
    with database.atomic() as transaction, database.bind_ctx(MODELS):
        database.run("CREATE SCHEMA models")
        database.run("SET LOCAL search_path TO models")
        database.create_tables(MODELS, safe=False)
        yield database
        transaction.rollback()
    database.close()


def test_every_table_has_a_model(database: Database) -> None:
    assert tables(database, "public") == NAMES


@pytest.mark.parametrize("table", NAMES)
class TestAModel:
    def test_has_the_columns_of_its_table(self, database: Database, table: str) -> None:
        assert columns(database, f"models.{table}") == columns(database, f"public.{table}")

    def test_has_the_key_of_its_table(self, database: Database, table: str) -> None:
        assert key(database, f"models.{table}") == key(database, f"public.{table}")


def tables(database: Database, schema: str) -> list[str]:
    found = database.fetch_all(TABLES, schema=schema, without_model=WITHOUT_MODEL)
    return sorted(row.name for row in found)


def columns(database: Database, table: str) -> dict[str, tuple[str, bool]]:
    found = database.fetch_all(COLUMNS, table=table)
    return {row.name: (row.type, row.required) for row in found}


def key(database: Database, table: str) -> list[str]:
    return [row.definition for row in database.fetch_all(KEY, table=table)]
