"""The signs of trouble: what the looks found, and what is counted in Postgres."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from ostiary.errors import Unavailable
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.settings import Threshold
from ostiary.watch.heartbeats import Heartbeats
from ostiary.watch.readiness import Finding, Readiness

PROCESSES = {"workers_missing": "workers", "beat_stalled": "beat"}
BEHIND = "Its schema is behind: run `ostiary migrate`."
# A server that takes connections may still take no letters.
FAILURES = 3

COUNT = """
SELECT
    (SELECT count(*) FROM lockout WHERE locked_at > %(lockouts_since)s) AS lockouts,
    (SELECT coalesce(sum(scrapes), 0) FROM denial WHERE at > %(denials_since)s) AS denials,
    (SELECT min(due_at) FROM outbox
     WHERE status IN ('queued', 'sending') AND channel = 'mail') AS mail_due_at,
    (SELECT count(*) FROM channel WHERE name = 'mail' AND failures >= %(failures)s) AS mail_is_down
"""


class Sign(NamedTuple):
    """`holds` is None where nobody knows; `detail` is a sentence with figures, or nothing."""

    holds: bool | None
    detail: str = ""


UNKNOWN = Sign(None)
Signs = Mapping[str, Sign]


@dataclass(frozen=True)
class Counts:
    """Signs that anybody sees who can read Postgres."""

    database: Database
    now: Clock
    lockouts: Threshold
    denials: Threshold
    mail_age: timedelta

    def read(self) -> Signs:
        """Raises `Unavailable`."""
        now = self.now()
        row = self.database.fetch_all(
            COUNT,
            lockouts_since=now - self.lockouts.window,
            denials_since=now - self.denials.window,
            failures=FAILURES,
        )[0]
        return {
            "lockout_surge": _over(self.lockouts, row.lockouts, "locks"),
            "metrics_guard_denied": _over(self.denials, row.denials, "refusals"),
            "mail_backlog": self._backlog(now - row.mail_due_at if row.mail_due_at else None),
            "mail_server_unavailable": Sign(holds=bool(row.mail_is_down)),
        }

    def _backlog(self, age: timedelta | None) -> Sign:
        if age is None or age < self.mail_age:
            return Sign(holds=False)
        return Sign(holds=True, detail=f"The oldest was due {_in_words(age)} ago.")


@dataclass(frozen=True)
class FromOutside:
    """What is counted, and whether the watchdog is there: it cannot tell that itself."""

    counts: Counts
    heartbeats: Heartbeats

    def read(self) -> Signs:
        """Raises `Unavailable`."""
        stalled = Sign(self.heartbeats.is_missing("watch"))
        return {**self.counts.read(), "watch_stalled": stalled}


@dataclass(frozen=True)
class Looks:
    """All signs, those that need a look of one's own too; `has_mail`: there is a mail server."""

    readiness: Readiness
    counts: Counts
    has_mail: bool

    def read(self) -> Signs:
        """Never raises `Unavailable`: what only Postgres knows is unknown then."""
        found = self.readiness.report().checks
        counted = self._counted() if found["migrations"].status == "up" else {}
        alive = {rule: _missing(found[check]) for rule, check in PROCESSES.items() if counted}
        return counted | alive | self._dependencies(found, counted)

    def _dependencies(self, found: Mapping[str, Finding], counted: Signs) -> dict[str, Sign]:
        behind = Sign(found["migrations"].status == "down", BEHIND)
        signs = {
            "postgres_unavailable": _either(_down(found["postgres"]), behind),
            "redis_unavailable": _down(found["redis"]),
        }
        if self.has_mail:
            refused = counted.get("mail_server_unavailable", UNKNOWN)
            signs["mail_server_unavailable"] = _either(_down(found["mail"]), refused)
        return signs

    def _counted(self) -> dict[str, Sign]:
        try:
            return dict(self.counts.read())
        except Unavailable:
            return {}


def _down(found: Finding) -> Sign:
    return UNKNOWN if found.status == "stale" else Sign(found.status == "down")


def _missing(found: Finding) -> Sign:
    return Sign(found.status != "up")


def _either(sign: Sign, other: Sign) -> Sign:
    return other if other.holds and sign.holds is not None else sign


def _over(threshold: Threshold, count: int, of: str) -> Sign:
    if count < threshold.count:
        return Sign(holds=False)
    return Sign(holds=True, detail=f"{count} {of} within {_in_words(threshold.window)}.")


def _in_words(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    return f"{seconds // 60} min" if seconds >= 60 else f"{seconds} s"
