"""The machine and the program that figures belong to, so that nobody compares what differs."""

import platform
import re
import subprocess
from importlib.metadata import version
from pathlib import Path

from ostiary.platform.argon2id import built_for, is_built_for_this_processor
from ostiary.platform.clock import system_clock
from workshop.benchmarks.meter import CORES
from workshop.benchmarks.program import ROOT
from workshop.benchmarks.stack import Stack

LIBRARIES = ("falcon", "gunicorn", "celery", "psycopg2-binary", "peewee", "redis", "pynacl")


def describe(stack: Stack) -> dict[str, str]:
    settings = stack.settings
    return {
        "at": system_clock().isoformat(timespec="minutes"),
        "commit": _commit(),
        "processor": f"{_processor()}, {CORES} cores",
        "system": f"{platform.system()} {platform.release()}",
        "huge pages": _huge_pages(),
        "argon2": f"built for {built_for()}" if is_built_for_this_processor() else "libsodium",
        "python": platform.python_version(),
        "postgres": ".".join(map(str, stack.postgres.program.version)),
        "redis": ".".join(map(str, stack.redis.program.version)),
        "libraries": ", ".join(f"{each} {version(each)}" for each in LIBRARIES),
        "web": f"{settings.web_concurrency} processes of {settings.web_threads} threads",
    }


def _commit() -> str:
    """With a plus where something has been changed since."""
    asked = ["git", "describe", "--always", "--dirty=+", "--exclude=*"]
    told = subprocess.run(asked, check=False, cwd=ROOT, capture_output=True, text=True)
    return told.stdout.strip() or "unknown"


def _huge_pages(path: Path = Path("/sys/kernel/mm/transparent_hugepage/enabled")) -> str:
    """Whom the system gives them: everybody (`always`), or those who ask, as argon2 does not."""
    chosen = re.search(r"\[(\w+)\]", path.read_text() if path.exists() else "")
    return chosen[1] if chosen else "unknown"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except FileNotFoundError:
        return platform.processor()
    return next((each.partition(":")[2].strip() for each in lines if "model name" in each), "")
