"""What one run of `ostiary dev` remembers for the next: secrets, and the servers' ports."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ostiary.platform.identifiers import new_token
from workshop.harness.errors import CannotStart
from workshop.harness.ports import free_port
from workshop.harness.secret_files import write_secret

FILE = "state.json"


@dataclass
class State:
    postgres_port: int = field(default_factory=free_port)
    postgres_password: str = field(default_factory=new_token)
    redis_port: int = field(default_factory=free_port)
    redis_password: str = field(default_factory=new_token)
    secret_key: str = field(default_factory=new_token)

    @classmethod
    def load(cls, home: Path, *, forgiving: bool = False) -> "State":
        """Raises CannotStart when the file is damaged, unless `forgiving`."""
        try:
            return cls(**json.loads((home / FILE).read_text()))
        except FileNotFoundError:
            return cls()
        except (ValueError, TypeError):
            if forgiving:
                return cls()
            raise CannotStart(f"{home / FILE} is damaged; `--fresh` starts anew.") from None

    def save(self, home: Path) -> None:
        write_secret(home / FILE, json.dumps(asdict(self), indent=1))


@contextmanager
def sole_use(home: Path, *, by: str = "Ostiary") -> Iterator[None]:
    """Raises CannotStart while another process uses the same folder; `by` is who uses it."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            raise CannotStart(f"{by} runs here already (pid {lock.read().strip()}).") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
