"""What is done in a process of its own while the servers are watched, and what came of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from workshop.benchmarks.meter import idle_seconds


@dataclass(frozen=True)
class Plan:
    """`first` is the number that the first made-up client or address gets; all may be sent."""

    seconds: float
    port: int = 0
    asks: str = ""
    wanted: int = 200
    connections: int = 16
    pause: float = 0.0
    first: int = 0
    accounts: int = 0
    material: tuple[str, ...] = ()
    url: str = ""


class Outcome(NamedTuple):
    """`cpu` is what the process itself has used, `idle` what nobody has, of all cores together;
    `complaint` is the first answer that was none of the wanted. Times are in seconds.
    """

    answers: int
    failed: int
    seconds: float
    cpu: float
    idle: float
    p50: float
    p99: float
    complaint: str = ""


Job = Callable[[Plan], Outcome]


class Stopwatch:
    def __init__(self) -> None:
        self._used, self._idle = time.process_time(), idle_seconds()
        self.began = time.perf_counter()

    def outcome(self, waits: list[float], *, failed: int = 0, complaint: str = "") -> Outcome:
        """`waits` has how long each answer took, those that failed left out."""
        seconds = time.perf_counter() - self.began
        cpu, idle = time.process_time() - self._used, idle_seconds() - self._idle
        waits.sort()
        return Outcome(
            answers=len(waits),
            failed=failed,
            seconds=seconds,
            cpu=cpu,
            idle=idle,
            p50=_quantile(waits, 0.5),
            p99=_quantile(waits, 0.99),
            complaint=complaint,
        )


def _quantile(waits: list[float], share: float) -> float:
    return waits[min(len(waits) - 1, int(len(waits) * share))] if waits else 0.0
