"""A migration takes nothing away that the release before uses: both serve at the same time.

What is to go is left unused by one release, and goes with a migration of the next. That one, and
whatever else only looks like a break, is named in `HARMLESS` with its reason.
"""

import re
from importlib import import_module
from pkgutil import iter_modules

import pytest

from ostiary.platform import migrations

# The migration's name: why the release before it can live with it.
HARMLESS: dict[str, str] = {
    "0018_one_table_is_enough": "The release with 0015 and 0016 reads none of them.",
}

SQL: dict[str, str] = {
    each.name: import_module(f"{migrations.__name__}.{each.name}").SQL
    for each in iter_modules(migrations.__path__)
}
BREAKS = {
    "takes something away": r"DROP (TABLE|COLUMN|VIEW|TYPE|DEFAULT)\b",
    "gives something another name": r"\bRENAME\b",
    "changes a type": r"ALTER (COLUMN )?\w+ (SET DATA )?TYPE\b",
    "requires what was optional": r"SET NOT NULL\b",
    "requires what the release before leaves out": (
        r"ADD (COLUMN )?\w+ [^,;]*NOT NULL(?![^,;]*DEFAULT)"
    ),
    "forbids what was allowed": r"ADD (CONSTRAINT \w+ )?(CHECK|UNIQUE|PRIMARY|FOREIGN|EXCLUDE)\b",
}
MADE = re.compile(r"CREATE TABLE (\w+)").findall
UNIQUE = re.compile(r"CREATE UNIQUE INDEX \w+ ON (\w+)").findall


def breaks(sql: str) -> set[str]:
    sql = re.sub(r"\s+", " ", sql)
    found = {what for what, pattern in BREAKS.items() if re.search(pattern, sql, re.IGNORECASE)}
    return found | {"forbids what was allowed" for table in UNIQUE(sql) if table not in MADE(sql)}


@pytest.mark.parametrize("name", sorted(SQL.keys() - HARMLESS.keys()))
def test_a_migration_breaks_nothing(name: str) -> None:
    assert breaks(SQL[name]) == set()


def test_only_migrations_that_look_harmful_are_called_harmless() -> None:
    assert all(breaks(SQL[name]) for name in HARMLESS)


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE account DROP COLUMN roles",
        "DROP TABLE denial",
        "ALTER TABLE account RENAME COLUMN email TO address",
        "ALTER TABLE account RENAME TO person",
        "ALTER TABLE attempt ALTER COLUMN rule TYPE integer",
        "ALTER TABLE attempt ALTER rule SET NOT NULL",
        "ALTER TABLE attempt ADD COLUMN color text NOT NULL",
        "ALTER TABLE attempt ADD COLUMN shade text, ADD color text NOT NULL",
        "ALTER TABLE attempt ADD CONSTRAINT short CHECK (length(client) < 40)",
        "CREATE UNIQUE INDEX account_display_name ON account (display_name)",
    ],
)
def test_what_breaks_the_release_before_is_found(sql: str) -> None:
    assert breaks(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE attempt ADD COLUMN color text",
        "ALTER TABLE attempt ADD COLUMN color text NOT NULL DEFAULT 'red'",
        "CREATE TABLE thing (id uuid PRIMARY KEY); CREATE UNIQUE INDEX thing_one ON thing (id)",
        "CREATE INDEX attempt_verdict ON attempt (verdict)",
    ],
)
def test_what_only_adds_is_not(sql: str) -> None:
    assert not breaks(sql)
