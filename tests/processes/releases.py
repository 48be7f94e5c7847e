"""The release before this one, as the history of the house has it."""

import re
import subprocess
from pathlib import Path

from tests.processes.stage import ROOT

MIGRATIONS = "ostiary/platform/migrations/0*.py"


def find_release_before() -> str | None:
    """The last commit without the newest migration; None where nobody knows."""
    try:
        if _git("status", "--porcelain", "--", MIGRATIONS):
            return "HEAD"
        added = _git("log", "-1", "--diff-filter=A", "--format=%H", "--", MIGRATIONS)
        return _git("rev-parse", "--verify", "--quiet", f"{added}^")
    except (FileNotFoundError, subprocess.CalledProcessError):
        return None


def unpack(release: str, folder: Path) -> None:
    packed = subprocess.run(
        ["git", "archive", release], cwd=ROOT, check=True, capture_output=True
    ).stdout
    folder.mkdir(exist_ok=True)
    subprocess.run(["tar", "-x"], cwd=folder, input=packed, check=True)


def libraries_gone(folder: Path) -> set[str]:
    """What that release is locked to, and this one does not install any more."""
    return _libraries(folder) - _libraries(ROOT)


def _libraries(folder: Path) -> set[str]:
    return set(re.findall(r"^([\w.-]+)==", (folder / "requirements.txt").read_text(), re.MULTILINE))


def _git(*words: str) -> str:
    said = subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True)
    return said.stdout.strip()
