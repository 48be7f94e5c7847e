"""The `ostiary` command as an operator calls it: a process of its own, without a terminal."""

import json
import subprocess
from dataclasses import dataclass
from typing import Any

import pytest

from tests.test_command_line import COMMAND, settings


@dataclass(frozen=True)
class Command:
    database_url: str
    redis_url: str

    def __call__(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        environ = settings(self.database_url) | {
            "RATE_LIMIT_REDIS_URL": self.redis_url,
            "PASSWORD_HASH": "argon2id:m=8,t=1,p=1",
        }
        return subprocess.run(
            [COMMAND, *words],
            check=False,
            env=environ,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def json(self, *words: str) -> Any:
        return json.loads(self(*words, "--json").stdout)


@pytest.fixture
def ostiary(database_url: str, redis_url: str) -> Command:
    return Command(database_url, redis_url)
