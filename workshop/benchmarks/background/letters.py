"""Letters per second, from the outbox to a mail server, beside what Celery can do at most."""

import time
from collections.abc import Callable
from statistics import median

from celery import Celery

from workshop.benchmarks.background import rows
from workshop.benchmarks.background.noop import QUEUE
from workshop.benchmarks.figures import Effort, Figure
from workshop.benchmarks.meter import Meter, idle_seconds, share_of_machine
from workshop.benchmarks.program import Program
from workshop.benchmarks.stack import Stack

CHILDREN = (1, 2, 4)
LETTERS_A_SECOND = 200
TASKS_A_SECOND = 1_000
WARMING_LETTERS = 20
PATIENCE_SECONDS = 120.0
GLANCE_SECONDS = 0.02

SENT = "SELECT count(*) FROM outbox WHERE status = 'sent'"
NOOP = "celery -A benchmarks.background.noop worker --loglevel warning --concurrency"


def letters(stack: Stack, effort: Effort) -> list[Figure]:
    rates: dict[int, list[float]] = {each: [] for each in CHILDREN}
    bounds: dict[int, list[float]] = {each: [] for each in CHILDREN}
    sink = stack.program("sink", "python -m workshop.benchmarks.background.sink")
    sink.port = stack.smtp_port
    sink.start()
    try:
        for _ in range(effort.rounds):
            for children in CHILDREN:
                bounds[children].append(_nothings(stack, effort, children))
                rates[children].append(_letters(stack, effort, children, sink))
                effort.say(
                    f"{children} children: {rates[children][-1]:,.0f} letters a second, "
                    f"{bounds[children][-1]:,.0f} tasks that do nothing"
                )
    finally:
        sink.stop()
    return [figure for each in CHILDREN for figure in _figures(each, rates[each], bounds[each])]


def _figures(children: int, rates: list[float], bounds: list[float]) -> list[Figure]:
    workers = f"{children} child" if children == 1 else f"{children} children"
    ratio = median(rate / bound for rate, bound in zip(rates, bounds, strict=True))
    return [
        Figure(f"Celery's no-op, {workers}", "a second", bounds),
        Figure(f"letters, {workers}", "a second", rates, ratio),
    ]


def _letters(stack: Stack, effort: Effort, children: int, sink: Program) -> float:
    """Asked for by one relay, as after an outage."""
    worker = stack.program(
        "worker", stack.procfile.processes["worker"], WORKER_CONCURRENCY=str(children)
    )
    number = max(1, min(1_000, int(LETTERS_A_SECOND * effort.seconds)))
    rows.forget_letters(stack.rows)
    worker.start()
    try:
        _promise(stack, first=0, number=WARMING_LETTERS)
        _await(lambda: stack.rows.fetch(SENT)[0][0] == WARMING_LETTERS)
        watch = _Watch(Meter({**stack.roots(), "worker": worker.pid, "sink": sink.pid}))
        _promise(stack, first=WARMING_LETTERS, number=number)
        _await(lambda: stack.rows.fetch(SENT)[0][0] == WARMING_LETTERS + number)
        return watch.rate(number)
    finally:
        worker.stop()
        rows.forget_letters(stack.rows)


def _promise(stack: Stack, *, first: int, number: int) -> None:
    rows.promise_letters(stack.rows, first=first, number=number)
    with Celery(broker=stack.redis.url) as app:
        app.send_task("tasks.outbox.relay", queue="sweeps")


def _nothings(stack: Stack, effort: Effort, children: int) -> float:
    """From the first that is taken to the last."""
    number, redis = max(1, int(TASKS_A_SECOND * effort.seconds)), stack.redis.client()
    with Celery(broker=stack.redis.url) as app:
        for _ in range(number):
            app.send_task("noop", queue=QUEUE)
    worker = stack.program("noop", f"{NOOP} {children}")
    worker.start()
    try:
        _await(lambda: redis.llen(QUEUE) < number)
        watch, left = _Watch(Meter({**stack.roots(), "worker": worker.pid})), redis.llen(QUEUE)
        _await(lambda: redis.llen(QUEUE) == 0)
        return watch.rate(int(left))
    finally:
        worker.stop()


class _Watch:
    def __init__(self, meter: Meter) -> None:
        self.meter, self._idle, self._began = meter, idle_seconds(), time.perf_counter()
        self._before = meter.read()

    def rate(self, number: int) -> float:
        """A second, were the machine ours alone."""
        seconds = time.perf_counter() - self._began
        idle, ours = idle_seconds() - self._idle, sum(self.meter.since(self._before).values())
        return number / seconds / share_of_machine(ours=ours, idle=idle, seconds=seconds)


def _await(true: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not true():
        if time.monotonic() > until:
            raise TimeoutError("The worker has not done what it was asked for.")
        time.sleep(GLANCE_SECONDS)
