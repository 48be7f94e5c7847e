"""Looks at everything at once, and answers in time whatever is frozen."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from ostiary.doctor import (
    alerts,
    audit,
    clocks,
    keys,
    letters,
    metrics_guard,
    processes,
    proxies,
    redis,
    smtp,
)
from ostiary.doctor.advice import ADVICE
from ostiary.doctor.examination import Examination, Look
from ostiary.doctor.finding import SEVERITIES, Advice, Finding, RoundTrip, Severity
from ostiary.doctor.postgres import activity, durability, indexes, server
from ostiary.doctor.settings import exposure, lives, strength
from ostiary.doctor.site import Site
from ostiary.platform.clock import PostgresClock
from ostiary.platform.database import open_database
from ostiary.platform.settings import Settings

DEADLINE: Final = timedelta(seconds=9)

LOOKS: Final[Mapping[str, Look]] = {
    "settings: exposure": exposure.look,
    "settings: lives": lives.look,
    "settings: strength": strength.look,
    "Postgres": server.look,
    "Postgres' durability": durability.look,
    "Postgres' transactions": activity.look,
    "Postgres' indexes": indexes.look,
    "Redis": redis.look_at_broker,
    "the Redis of the rate limits": redis.look_at_limits,
    "clocks": clocks.look,
    "processes": processes.look,
    "letters": letters.look,
    "the mail server": smtp.look,
    "signing keys": keys.look,
    "the audit": audit.look,
    "proxies": proxies.look,
    "metrics of web": metrics_guard.look_at_web,
    "metrics of the worker": metrics_guard.look_at_worker,
    "alerts": alerts.look,
}

TIME: Final = "SELECT clock_timestamp() AS now"

Verdict = Literal["healthy"] | Severity


@dataclass(frozen=True)
class Diagnosis:
    """A finding with what is known about it."""

    advice: Advice
    evidence: str

    @property
    def rank(self) -> tuple[int, str]:
        return SEVERITIES.index(self.advice.severity), self.advice.id


@dataclass(frozen=True)
class Report:
    """`unseen` says why something could not be looked at; round trips are in seconds."""

    at: datetime
    findings: list[Diagnosis]
    unseen: Mapping[str, str] = field(default_factory=dict)
    round_trips: Mapping[str, float] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """That of the worst finding."""
        return self.findings[0].advice.severity if self.findings else "healthy"


@dataclass(frozen=True)
class Doctor:
    site: Site
    looks: Mapping[str, Look] = field(default_factory=lambda: LOOKS)
    deadline: timedelta = DEADLINE

    def examine(self) -> Report:
        """Every look gets the same time, and all of them the same moment to end."""
        until = time.monotonic() + self.deadline.total_seconds()
        examinations = [Examination(subject, look) for subject, look in self.looks.items()]
        for each in examinations:
            each.start(self.site)
        for each in examinations:
            each.wait(until=until)
        return _report(self.site.host(), examinations)


def _report(at: datetime, examinations: Iterable[Examination]) -> Report:
    seen = [each for examination in examinations for each in [*examination.seen]]
    found = [
        Diagnosis(ADVICE[each.id], each.evidence) for each in seen if isinstance(each, Finding)
    ]
    return Report(
        at=at,
        findings=sorted(found, key=lambda each: each.rank),
        unseen={each.subject: each.problem for each in examinations if each.problem},
        round_trips={each.dependency: each.seconds for each in seen if isinstance(each, RoundTrip)},
    )


def doctor_of(settings: Settings) -> Doctor:
    """Needs no other part of Ostiary to be well: each look opens what it needs."""
    database = open_database(settings.database_url)
    return Doctor(Site(settings, now=PostgresClock(lambda: database.fetch_all(TIME)[0].now)))
