"""The Procfile: a name and a command a line; `release` runs once, before the others."""

import re
from dataclasses import dataclass
from pathlib import Path

from workshop.harness.errors import CannotStart

LINE = re.compile(r"^([A-Za-z0-9_-]+):\s*(.+?)\s*$")


@dataclass(frozen=True)
class Procfile:
    release: str | None
    processes: dict[str, str]


def read_procfile(path: Path) -> Procfile:
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        raise CannotStart(f"there is no {path}; run this in Ostiary's own folder.") from None
    commands = {found[1]: found[2] for line in lines if (found := LINE.match(line))}
    return Procfile(release=commands.pop("release", None), processes=commands)
