"""The rules: what is worth an alert, how long it must last, and how long its absence."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from ostiary.watch.alerts.alert import Severity

AT_ONCE: Final = timedelta()


@dataclass(frozen=True)
class Rule:
    """Fires when its sign has been there for `delay`, and resolves after `calm` without it."""

    name: str
    severity: Severity
    summary: str
    delay: timedelta = AT_ONCE
    calm: timedelta = AT_ONCE

    @property
    def runbook(self) -> str:
        """The path of its section, below `PUBLIC_URL`."""
        return f"/docs/runbook#{self.name.replace('_', '-')}"


def _dependency(name: str, severity: Severity, summary: str) -> Rule:
    return Rule(name, severity, summary, timedelta(seconds=5), calm=timedelta(seconds=12))


def _process(name: str, severity: Severity, summary: str) -> Rule:
    """After an absence of Postgres it takes some seconds until everybody has left a sign again."""
    return Rule(name, severity, summary, timedelta(seconds=8), calm=timedelta(seconds=12))


# Judged by the watchdog, which sees Postgres, Redis and the mail server for itself.
SEEN = (
    _dependency(
        "postgres_unavailable",
        "critical",
        "Postgres cannot be used: nobody can register, log in or refresh a session.",
    ),
    _dependency(
        "redis_unavailable",
        "critical",
        "Redis cannot be used: letters and alerts go out through the watchdog, sweeps wait.",
    ),
    _dependency(
        "mail_server_unavailable", "critical", "The mail server takes no letters: they wait."
    ),
    _process(
        "workers_missing",
        "critical",
        "No worker is alive: letters go out through the watchdog, sweeps wait.",
    ),
    _process(
        "beat_stalled", "warning", "Beat is not alive: nothing that runs by the clock is started."
    ),
)
# Counted in Postgres, and so judged by whoever looks.
COUNTED = (
    Rule("lockout_surge", "warning", "Unusually many locks: somebody is guessing passwords."),
    Rule("mail_backlog", "warning", "Letters wait for longer than they should."),
    Rule("metrics_guard_denied", "warning", "Unusually many scrapes of the metrics were refused."),
)
# The watchdog cannot report its own absence.
WATCH_STALLED = Rule(
    "watch_stalled",
    "critical",
    "The watchdog is not alive: nobody looks after alerts and overdue letters.",
)
RULES: Final = (*SEEN, *COUNTED, WATCH_STALLED)
BY_NAME: Final = {rule.name: rule for rule in RULES}
