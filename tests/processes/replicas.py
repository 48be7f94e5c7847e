"""Several web processes behind one address, each restarted without a refused connection."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import requests

from tests.processes.stage import Stage, wait_until
from workshop.harness.ports import free_port


@dataclass
class Replica:
    """One web process, which is asked nothing while it is `away`."""

    name: str
    port: int = field(default_factory=free_port)
    asked: int = 0
    away: bool = True

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def is_idle(self) -> bool:
        return self.asked == 0

    def ask(self, method: str, path: str, bearer: str = "", **body: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        document = body or None
        return requests.request(method, self.url + path, headers=headers, json=document, timeout=30)


@dataclass
class Balancer:
    """Asks one replica after the other, and drains one before it restarts."""

    stage: Stage
    replicas: tuple[Replica, ...]
    lock: Lock = field(default_factory=Lock)
    turns: Iterator[int] = field(default_factory=itertools.count)

    def start(self, replica: Replica) -> None:
        self.boot(replica)
        replica.away = False

    def boot(self, replica: Replica) -> None:
        """It answers, and is asked nothing yet."""
        self.stage.environ["PORT"] = str(replica.port)
        self.stage.start(replica.name)
        wait_until(lambda: _answers(replica))

    def stop(self, replica: Replica) -> int:
        """Its exit code; it is asked nothing any more once it is told to stop."""
        with self.lock:
            replica.away = True
        wait_until(replica.is_idle)
        return self.stage.stop(replica.name)[0]

    def restart_one_by_one(self, secret_keys: str) -> None:
        self.stage.environ["SECRET_KEYS"] = secret_keys
        for replica in self.replicas:
            self.stop(replica)
            self.start(replica)

    @contextmanager
    def next(self) -> Iterator[Replica]:
        with self.lock:
            present = [each for each in self.replicas if not each.away]
            replica = present[next(self.turns) % len(present)]
            replica.asked += 1
        try:
            yield replica
        finally:
            with self.lock:
                replica.asked -= 1

    def everywhere(self, ask: Callable[[Replica], Any]) -> list[Any]:
        return [ask(replica) for replica in self.replicas]


def _answers(replica: Replica) -> bool:
    try:
        return replica.ask("GET", "/health").ok
    except requests.ConnectionError:
        return False
