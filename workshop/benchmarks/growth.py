"""How requests fare among more and more accounts."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from workshop.benchmarks.figures import Effort
from workshop.benchmarks.rounds import Result, measure
from workshop.benchmarks.stack import Stack
from workshop.benchmarks.workloads import BY_NAME

NAMES = ("cheap_login", "cheap_device", "cheap_register", "me", "refresh")


class Grown(NamedTuple):
    accounts: int
    results: list[Result]

    def as_json(self) -> dict[str, Any]:
        return {"accounts": self.accounts, "trials": [each.as_json() for each in self.results]}


def grow(stack: Stack, sizes: Sequence[int], effort: Effort) -> list[Grown]:
    """From the fewest to the most, on the same database."""
    trials, grown = [BY_NAME[name] for name in NAMES], []
    for accounts in sorted(sizes):
        effort.say(f"{accounts:,} accounts")
        stack.populate(accounts)
        grown.append(Grown(accounts, measure(trials, stack, effort)))
    return grown
