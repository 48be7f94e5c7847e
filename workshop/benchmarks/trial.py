"""One thing that is measured, and what one measurement of it has shown."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import NamedTuple

from workshop.benchmarks.jobs import Job, Outcome, Plan
from workshop.benchmarks.meter import Meter, Seconds, share_of_machine
from workshop.benchmarks.stack import Stack


class CannotMeasure(Exception):
    """Hardly anybody got the answer that was to be measured."""


Planned = Callable[[Stack], Plan]


class Work(NamedTuple):
    """A job, and how it is prepared for; whoever makes the plan may take their time."""

    job: Job
    plan: Planned


@dataclass(frozen=True)
class Trial:
    """`limit` names the trial that bounds this one, `program` and `servers` who works for it.

    One that `scales` keeps the whole machine busy, so that what others take of it is made good.
    Where a second piece of work goes on meanwhile, nobody can tell who used what.
    """

    name: str
    title: str
    work: Work
    program: str = ""
    limit: str = ""
    scales: bool = True
    servers: tuple[str, ...] = ("postgres", "redis")
    meanwhile: Work | None = None


class Run(NamedTuple):
    """Per second, as measured and as it would be were the machine ours alone; milliseconds."""

    rate: float
    scaled: float
    share: float
    web_ms: float
    postgres_ms: float
    redis_ms: float
    client_ms: float
    p50_ms: float
    p99_ms: float
    answers: int
    failed: int

    @property
    def server_ms(self) -> float:
        return self.web_ms + self.postgres_ms + self.redis_ms


def run(trial: Trial, stack: Stack, seconds: float, pool: Executor) -> Run:
    """Raises `CannotMeasure`."""
    works = [trial.work, *([trial.meanwhile] if trial.meanwhile else [])]
    plans = [each.plan(stack) for each in works]
    meter = Meter(stack.roots())
    before = meter.read()
    started = [
        pool.submit(work.job, replace(plan, seconds=seconds))
        for work, plan in zip(works, plans, strict=True)
    ]
    outcome, *others = [each.result() for each in started]
    used = meter.since(before)
    _ensure_answered(trial, outcome)
    ours = sum(used.values()) + sum(each.cpu for each in (outcome, *others))
    share = share_of_machine(ours=ours, idle=outcome.idle, seconds=outcome.seconds)
    return _run_of(trial, outcome, used, share)


def _run_of(trial: Trial, outcome: Outcome, used: Seconds, share: float) -> Run:
    rate = outcome.answers / outcome.seconds

    concerned = {trial.program, *trial.servers} - {""}

    def each(name: str) -> float:
        known = 0.0 if trial.meanwhile or name not in concerned else used[name]
        return 1000 * known / max(outcome.answers, 1)

    return Run(
        rate=rate,
        scaled=rate / share if trial.scales else rate,
        share=share,
        web_ms=each(trial.program),
        postgres_ms=each("postgres"),
        redis_ms=each("redis"),
        client_ms=1000 * outcome.cpu / max(outcome.answers, 1),
        p50_ms=1000 * outcome.p50,
        p99_ms=1000 * outcome.p99,
        answers=outcome.answers,
        failed=outcome.failed,
    )


def _ensure_answered(trial: Trial, outcome: Outcome) -> None:
    """A busy machine may refuse some, but whoever refuses most is measured for something else."""
    if outcome.failed >= outcome.answers:
        raise CannotMeasure(f"{trial.name}: {outcome.failed} were told {outcome.complaint}")
