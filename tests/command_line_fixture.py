"""The `ostiary` command as an operator calls it: a process of its own, without a terminal."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.source_tree import HOUSE
from tests.test_command_line import settings

STREAMS = ("input", "output", "errors")
PATIENCE_SECONDS = 60


def call(
    *words: str, environ: Mapping[str, str], stdin: str = "", folder: Path = HOUSE
) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory() as home:
        streams = [Path(home) / name for name in STREAMS]
        for stream, text in zip(streams, (stdin, "", ""), strict=True):
            stream.write_text(text)
        asked = {
            "words": words,
            "environ": dict(environ),
            "streams": list(map(str, streams)),
            "folder": str(folder),
            "patience": PATIENCE_SECONDS,
        }
        code = _exit_code(asked)
        _, output, errors = (stream.read_text() for stream in streams)
    return subprocess.CompletedProcess(words, code, output, errors)


def _exit_code(asked: dict[str, Any]) -> int:
    nursery = _nursery()
    assert nursery.stdin
    assert nursery.stdout
    nursery.stdin.write(json.dumps(asked) + "\n")
    nursery.stdin.flush()
    return int(nursery.stdout.readline())


@cache
def _nursery() -> subprocess.Popen[str]:
    """Ends with this process, when nobody can ask any more."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.fork_server"],
        cwd=HOUSE,
        env={},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@dataclass(frozen=True)
class Command:
    database_url: str
    redis_url: str

    def __call__(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        environ = settings(self.database_url) | {
            "RATE_LIMIT_REDIS_URL": self.redis_url,
            "PASSWORD_HASH": "argon2id:m=8,t=1,p=1",
        }
        return call(*words, environ=environ, stdin=stdin)

    def json(self, *words: str) -> Any:
        return json.loads(self(*words, "--json").stdout)


@pytest.fixture
def ostiary(database_url: str, redis_url: str) -> Command:
    return Command(database_url, redis_url)
