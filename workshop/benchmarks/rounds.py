"""Rounds: every trial once, then all of them again, so that a busy moment falls on all alike."""

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from statistics import median
from typing import Any, NamedTuple

from workshop.benchmarks.figures import Effort
from workshop.benchmarks.stack import Stack
from workshop.benchmarks.trial import CannotMeasure, Run, Trial, run

# Until every thread has met Postgres.
WARMING_SECONDS = 1.0


class Result(NamedTuple):
    """The median of each figure; the ratios are to the limit in the same round."""

    trial: Trial
    run: Run
    ratio: float | None
    cpu_ratio: float | None
    runs: list[Run]

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.trial.name,
            "title": self.trial.title,
            "limit": self.trial.limit or None,
            "ratio": _rounded(self.ratio),
            "cpu_ratio": _rounded(self.cpu_ratio),
            **_figures(self.run),
            "rounds": [_figures(each) for each in self.runs],
        }


def measure(trials: Sequence[Trial], stack: Stack, effort: Effort) -> list[Result]:
    runs: dict[str, list[Run]] = {each.name: [] for each in trials}
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        for trial in trials:
            with suppress(CannotMeasure):
                run(trial, stack, min(effort.seconds, WARMING_SECONDS), pool)
        for number in range(effort.rounds):
            for trial in trials:
                done = run(trial, stack, effort.seconds, pool)
                runs[trial.name].append(done)
                effort.say(f"{number + 1}/{effort.rounds} {trial.name}: {_told(done)}")
    return [_result(each, runs) for each in trials]


def _told(done: Run) -> str:
    return (
        f"{done.scaled:,.0f}/s ({done.rate:,.0f} with {done.share:.0%} of the machine), "
        f"{done.server_ms:.2f} ms CPU, p99 {done.p99_ms:.0f} ms"
    )


def _result(trial: Trial, runs: dict[str, list[Run]]) -> Result:
    own, bounds = runs[trial.name], runs.get(trial.limit, [])
    middle = Run(*map(median, zip(*own, strict=True)))
    pairs = list(zip(own, bounds, strict=bool(bounds)))
    ratio = median(each.scaled / bound.scaled for each, bound in pairs) if pairs else None
    costs = [(each.server_ms, bound.server_ms) for each, bound in pairs]
    known = bool(costs) and all(own and bound for own, bound in costs)
    cpu_ratio = median(bound / own for own, bound in costs) if known else None
    return Result(trial, middle, ratio, cpu_ratio, own)


def _figures(done: Run) -> dict[str, float]:
    return {name: round(value, 4) for name, value in done._asdict().items()}


def _rounded(ratio: float | None) -> float | None:
    return None if ratio is None else round(ratio, 3)
