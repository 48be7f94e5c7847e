"""How long a claim, a relay, a sweep and a nudge take, however many rows there are."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from statistics import median

from workshop.benchmarks.background import errands, rows
from workshop.benchmarks.figures import Effort, Figure
from workshop.benchmarks.stack import Stack
from workshop.benchmarks.vacancy import no_worker

WAITING = (10, 1_000, 100_000)

Errand = Callable[[dict[str, str]], list[float]]


def claims(stack: Stack, effort: Effort) -> list[Figure]:
    """A claim marks its row, so every measurement begins with the same rows."""
    figures = []
    for number in (each for each in WAITING if each <= max(effort.rows, WAITING[0])):
        taken, relayed = [], []
        for _ in range(effort.rounds):
            rows.wait_for(stack.rows, number)
            taken.append(1000 * median(_run(errands.claim, stack)[:number]))
            rows.wait_for(stack.rows, number)
            relayed.append(1000 * _run(errands.relay, stack)[0])
        effort.say(f"{number:,} wait: claim {median(taken):.2f} ms, relay {median(relayed):.1f} ms")
        figures += [
            Figure(f"a claim, {number:,} waiting", "ms", taken),
            Figure(f"a relay, {number:,} waiting (a thousand at most)", "ms", relayed),
        ]
    rows.forget_letters(stack.rows)
    return figures


def sweeps(stack: Stack, effort: Effort) -> list[Figure]:
    """Once: a million rows take their time."""
    if not stack.accounts:
        stack.populate(1)
    rows.leave_sessions(stack.rows, effort.rows)
    sessions = _run(errands.sweep_sessions, stack)[0]
    effort.say(f"{effort.rows:,} sessions and tokens swept in {sessions:.0f} s")
    rows.leave_attempts(stack.rows, effort.rows)
    attempts = _run(errands.sweep_attempts, stack)[0]
    effort.say(f"{effort.rows:,} attempts swept in {attempts:.0f} s")
    return [
        Figure(f"sweep of {effort.rows:,} sessions and tokens", "s", [sessions]),
        Figure(f"sweep of {effort.rows:,} attempts", "s", [attempts]),
    ]


def nudges(stack: Stack, effort: Effort) -> list[Figure]:
    """Published by a thread beside the request's own."""
    with no_worker(stack.redis):
        found = [_run(errands.nudge, stack) for _ in range(effort.rounds)]
    return [
        Figure("a nudge, in the request", "µs", [1e6 * median(each[:-1]) for each in found]),
        Figure("a nudge, CPU with publishing", "µs", [1e6 * each[-1] for each in found]),
    ]


def _run(errand: Errand, stack: Stack) -> list[float]:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(errand, stack.environ()).result()
