"""The commands of the runbook, as whoever is on call would paste them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.source_tree import HOUSE

PAGE = HOUSE / "docs/runbook.md"
SECTION = re.compile(r"^##+ (.+)$", re.MULTILINE)
BLOCK = re.compile(r"^( *)```console\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
# It may go on in the next line.
SPAN = re.compile(r"(?<!`)`((?:[^`\n]|\n(?!\n))+)`(?!`)")
PROGRAMS = (
    "curl",
    "docker",
    "kubectl",
    "ls",
    "openssl",
    "ostiary",
    "pg_basebackup",
    "pg_ctl",
    "pg_dump",
    "pg_restore",
    "pg_verifybackup",
    "psql",
    "redis-cli",
)


@dataclass(frozen=True)
class Procedure:
    """What is pasted at once: the lines of a block, or one command within a sentence."""

    section: str
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.section}: {self.lines[0]}"


def read_procedures() -> list[Procedure]:
    """In the page's order, and what it says twice once."""
    _, *parts = SECTION.split("\n## Before anything else\n" + PAGE.read_text())
    titles, texts = parts[::2], parts[1::2]
    seen: dict[tuple[str, ...], Procedure] = {}
    for title, text in zip(titles, texts, strict=True):
        for lines in _pasted(text):
            seen.setdefault(lines, Procedure(title, lines))
    return list(seen.values())


def _pasted(text: str) -> Iterator[tuple[str, ...]]:
    for block in BLOCK.finditer(text):
        lines = tuple(line.strip() for line in block[2].splitlines() if line.strip())
        assert all(line.startswith("$ ") for line in lines), f"not a command: {lines}"
        yield tuple(line.removeprefix("$ ") for line in lines)
    for span in SPAN.findall(BLOCK.sub("", text)):
        words = span.split()
        if words[0] in PROGRAMS and len(words) > 1:
            yield (" ".join(words),)
