"""Readiness: what the last looks found, answered without looking."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Literal

import structlog

from ostiary.platform.clock import Clock
from ostiary.watch.checks import CHECKS, Checks, Look, Status

log = structlog.get_logger()

Verdict = Literal["ready", "degraded", "unavailable"]

# A look that is late by more has found nothing that still holds.
PATIENCE = timedelta(seconds=6)
# Without these nobody can log in.
VITAL = ("postgres", "migrations")


@dataclass(frozen=True)
class Finding:
    """`since` is None before the first look."""

    status: Status = "stale"
    since: datetime | None = None
    looked_at: datetime | None = None
    every: timedelta = timedelta()


@dataclass(frozen=True)
class Report:
    status: Verdict
    checks: Mapping[str, Finding]


@dataclass
class Readiness:
    """`drill_permit` is what a stack that may be drilled is known by."""

    checks: Checks
    now: Clock
    drill_permit: str | None = None
    _findings: dict[str, Finding] = field(default_factory=lambda: dict.fromkeys(CHECKS, Finding()))
    _stopped: Event = field(default_factory=Event)

    def start(self) -> None:
        """Looks again and again, in one thread per look."""
        for look in self.checks.looks():
            Thread(target=self._watch, args=(look,), name=look.name, daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def look(self) -> None:
        """Looks once at everything, and waits for all of it."""
        looks = self.checks.looks()
        with ThreadPoolExecutor(len(looks)) as pool:
            list(pool.map(self._note, looks))

    def report(self) -> Report:
        checks = {name: self._fresh(finding) for name, finding in self._findings.items()}
        return Report(_verdict(checks), checks)

    def _watch(self, look: Look) -> None:
        while not self._stopped.is_set():
            try:
                self._note(look)
            except Exception:
                log.exception("look_failed", look=look.name)
            self._stopped.wait(look.every.total_seconds())

    def _note(self, look: Look) -> None:
        found, now = look.find(), self.now()
        for name, status in found.items():
            last = self._fresh(self._findings[name])
            since = last.since if last.status == status and last.since else now
            self._findings[name] = Finding(status, since, now, look.every)

    def _fresh(self, finding: Finding) -> Finding:
        if finding.looked_at is None or self.now() - finding.looked_at <= finding.every + PATIENCE:
            return finding
        return replace(finding, status="down", since=finding.looked_at)


def _verdict(checks: Mapping[str, Finding]) -> Verdict:
    if any(checks[name].status != "up" for name in VITAL):
        return "unavailable"
    if any(finding.status != "up" for finding in checks.values()):
        return "degraded"
    return "ready"
