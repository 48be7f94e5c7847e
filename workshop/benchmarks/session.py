"""Everything that was asked for, in the order in which nothing disturbs anything else."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workshop.benchmarks import at_rest
from workshop.benchmarks.background import letters, waiting
from workshop.benchmarks.figures import Effort, Figure, Study
from workshop.benchmarks.growth import NAMES, Grown, grow
from workshop.benchmarks.machine import describe
from workshop.benchmarks.rounds import Result, measure
from workshop.benchmarks.stack import Stack, open_stack
from workshop.benchmarks.vacancy import no_worker
from workshop.benchmarks.workloads import BY_NAME, chosen, programs

BEFORE = (
    Study("start", "from start to the first 200", at_rest.start),
    Study("memory", "web and a worker's child at rest", at_rest.memory),
)
AFTER = (
    Study("letters", "letters from outbox to a mail server", letters.letters),
    Study("claims", "claim and relay, however many wait", waiting.claims),
    Study("nudges", "a nudge in a request", waiting.nudges),
    Study("sweeps", "sweeps of a million rows", waiting.sweeps),
)
GROWTH = "growth"
TITLES = {
    **{each.name: each.title for each in BY_NAME.values()},
    **{each.name: each.title for each in (*BEFORE, *AFTER)},
    GROWTH: "requests among more and more accounts",
}


@dataclass(frozen=True)
class Report:
    machine: dict[str, str]
    results: list[Result]
    figures: list[Figure]
    grown: list[Grown]

    def as_json(self) -> dict[str, Any]:
        return {
            "machine": self.machine,
            "trials": [each.as_json() for each in self.results],
            "figures": [each.as_json() for each in self.figures],
            "growth": [each.as_json() for each in self.grown],
        }


def run(names: Sequence[str], home: Path, sizes: Sequence[int], effort: Effort) -> Report:
    """`sizes` are numbers of accounts; what is not about their number is measured among most."""
    with open_stack(home, effort.say) as stack:
        machine = describe(stack)
        figures = _study(BEFORE, names, stack, effort)
        results, grown = _press(names, stack, sizes, effort)
        stack.stop()
        figures += _study(AFTER, names, stack, effort)
    return Report(machine, results, figures, grown)


def _study(
    studies: Sequence[Study], names: Sequence[str], stack: Stack, effort: Effort
) -> list[Figure]:
    asked = (each for each in studies if each.name in names)
    return [figure for each in asked for figure in each.measure(stack, effort)]


def _press(
    names: Sequence[str], stack: Stack, sizes: Sequence[int], effort: Effort
) -> tuple[list[Result], list[Grown]]:
    trials = chosen([each for each in names if each in BY_NAME])
    growing = [BY_NAME[each] for each in NAMES] if GROWTH in names else []
    if not trials and not growing:
        return [], []
    stack.start(*programs([*trials, *growing]))
    with no_worker(stack.redis):
        grown = grow(stack, sizes, effort) if growing else []
        if not grown:
            stack.populate(max(sizes))
        return measure(trials, stack, effort), grown
