"""The argon2 of argon2-cffi's wheel, where the environment has one built for its processor."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ostiary.platform.argon2id import BINDINGS, built_for
from workshop.benchmarks.program import ROOT


def folder_of_the_wheel(home: Path) -> str:
    """Nothing where the environment has the wheel itself."""
    folder = home / "wheel"
    if built_for() and not folder.exists():
        locked = home / "wheel.txt"
        locked.write_text(_entry((ROOT / "requirements.txt").read_text()))
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        options = ["--only-binary", ":all:", "--no-deps", "--require-hashes", "--target"]
        subprocess.run([*pip, *options, str(folder), "-r", str(locked)], check=True)
    return str(folder) if built_for() else ""


def _entry(lock: str) -> str:
    found = re.search(rf"^{BINDINGS}==.*(?:\n[ ].*)*", lock, re.MULTILINE)
    return found[0] if found else BINDINGS


@contextmanager
def found_first(folder: str) -> Iterator[None]:
    """By the processes that are spawned meanwhile."""
    before = [*sys.path]
    sys.path[:0] = [folder] if folder else []
    try:
        yield
    finally:
        sys.path[:] = before
