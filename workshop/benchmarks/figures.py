"""Figures that are no request's: what was measured, several times, and what bounds it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, NamedTuple

from workshop.benchmarks.stack import Stack


class Figure(NamedTuple):
    title: str
    unit: str
    values: Sequence[float]
    ratio: float | None = None

    @property
    def value(self) -> float:
        return median(self.values)

    def as_json(self) -> dict[str, Any]:
        return {**self._asdict(), "value": self.value, "values": list(self.values)}


@dataclass(frozen=True)
class Effort:
    """How often, how long, and on how many rows."""

    rounds: int
    seconds: float
    rows: int
    say: Callable[[str], None]


@dataclass(frozen=True)
class Study:
    """Done while none of the measured programs runs, but those that it starts itself."""

    name: str
    title: str
    measure: Callable[[Stack, Effort], list[Figure]]
