"""Every event of the log is explained on one page, and everything explained there is said."""

import ast
import re
from collections.abc import Iterator

from tests.source_tree import HOUSE, MODULES

LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
# Said with a level, or a name, that depends.
BESIDES = {
    "alert_firing",
    "alert_resolved",
    "alert_test",
    "promise_lost",
    "promise_settled",
    "signing_key_stayed_sealed",
    "task",
}
ROWS = re.compile(r"^\| `(\w+)` \| ([a-z, ]+) \|", re.MULTILINE)


def rows() -> dict[str, set[str]]:
    page = (HOUSE / "docs/operations.md").read_text()
    return {event: set(levels.split(", ")) for event, levels in ROWS.findall(page)}


def said() -> Iterator[tuple[str, str]]:
    """The events, and the level of each."""
    for module in MODULES:
        for call in module.find(ast.Call):
            if isinstance(call.func, ast.Attribute) and call.func.attr in LEVELS and call.args:
                first = call.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    level = call.func.attr
                    yield first.value, "error" if level == "exception" else level


def test_every_event_has_its_row_and_no_row_is_left_over() -> None:
    assert sorted(rows()) == sorted({event for event, _ in said()} | BESIDES)


def test_every_row_has_the_levels_of_its_event() -> None:
    told: dict[str, set[str]] = {}
    for event, level in said():
        told.setdefault(event, set()).add(level)
    assert {event: levels for event, levels in rows().items() if event in told} == told


def test_every_page_it_names_is_there() -> None:
    page = (HOUSE / "docs/operations.md").read_text()
    named = {*re.findall(r"\]\((\w+\.md)", page), *re.findall(r"`(tests/\w+\.py)`", page)}
    assert [name for name in named if not _is_there(name)] == []


def _is_there(name: str) -> bool:
    return (HOUSE / name).exists() or (HOUSE / "docs" / name).exists()
