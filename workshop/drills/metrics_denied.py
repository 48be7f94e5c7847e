"""Somebody scrapes the metrics without the secret: refused, reported, and never let in."""

from collections.abc import Iterator
from contextlib import contextmanager

from workshop.rehearsal.drill import COUNTED, Drill
from workshop.rehearsal.stack import Stack
from workshop.rehearsal.verdict import Verdict
from workshop.rehearsal.visitor import Visitor

SCRAPES = 12


@contextmanager
def scraped(stack: Stack) -> Iterator[None]:
    for _ in range(SCRAPES):
        _scrape(stack, "a wrong secret")
    yield


def the_guard_knows_who_may(stack: Stack, _yielded: None) -> list[Verdict]:
    wrong = [_scrape(stack, secret) for secret in ("", "a wrong secret")]
    right = _scrape(stack, stack.metrics_secret)
    return [
        Verdict("scrapes let in without the secret", sum(each != 403 for each in wrong), 0),
        Verdict("scrapes refused with the secret", int(right != 200), 0),
    ]


def _scrape(stack: Stack, secret: str) -> int:
    return Visitor(stack.door).ask("GET", "/metrics", x_metrics_secret=secret).status


METRICS_DENIED = Drill(
    name="metrics-denied",
    runbook="metrics-guard-denied",
    injects=f"{SCRAPES} scrapes of the metrics with a wrong secret",
    undone="nobody scrapes in vain any more",
    expects="Each is refused with 403, the right secret still opens, and nobody else notices.",
    fault=scraped,
    needs=("metrics_secret_file",),
    alert="metrics_guard_denied",
    within=COUNTED,
    proof=the_guard_knows_who_may,
)
