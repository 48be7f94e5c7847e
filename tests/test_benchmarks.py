"""The benchmarks measure what they say; how fast anything is, no test can tell."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.source_tree import HOUSE

TINY = ("--rounds", "1", "--seconds", "0.8", "--accounts", "500")


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ostiary-benchmarks-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.fixture(scope="module")
def said(home: Path) -> str:
    command = [
        sys.executable,
        "-m",
        "workshop.benchmarks",
        "me",
        "locked",
        "nudges",
        *TINY,
        "--home",
        str(home),
    ]
    done = subprocess.run(
        command,
        cwd=HOUSE,
        env=os.environ | {"WEB_CONCURRENCY": "1", "PASSWORD_HASH": "argon2id:m=8,t=1,p=1"},
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )
    return str(done.stdout)


@pytest.fixture(scope="module")
def trials(home: Path, said: str) -> dict[str, Any]:
    figures = json.loads((home / "figures.json").read_text())
    return {each["name"]: each for each in figures["trials"]}


class TestATinyRun:
    def test_measures_what_bounds_the_chosen_as_well(self, trials: dict[str, Any]) -> None:
        assert set(trials) == {"falcon", "me", "locked"}

    def test_gets_the_answers_it_wants(self, trials: dict[str, Any]) -> None:
        assert all(each["answers"] > 0 and each["failed"] == 0 for each in trials.values())

    def test_compares_with_the_limit(self, trials: dict[str, Any]) -> None:
        assert trials["me"]["ratio"] > 0
        assert trials["falcon"]["ratio"] is None

    def test_says_whose_processors_were_busy(self, trials: dict[str, Any]) -> None:
        assert trials["me"]["web_ms"] > 0
        assert trials["me"]["postgres_ms"] > trials["falcon"]["postgres_ms"] == 0

    def test_shows_tables(self, said: str) -> None:
        assert "| refusal: locked " in said
        assert "| a nudge, in the request " in said
