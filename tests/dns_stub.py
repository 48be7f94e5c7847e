"""A resolver that never answers: the C library's own, waiting to read what one-word names mean."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def silent_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A host whose look-up takes until the end of the test (`HOSTALIASES`, hostname(7))."""
    aliases = tmp_path / "aliases"
    os.mkfifo(aliases)
    monkeypatch.setenv("HOSTALIASES", str(aliases))
    yield "nowhere"
    released = os.open(aliases, os.O_RDWR)
    aliases.unlink()
    os.close(released)
