"""A scrape: what all processes of this master have counted, and what is read just now."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from prometheus_client import Metric, generate_latest

from ostiary.errors import Unavailable
from ostiary.platform import metrics
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.settings.timetable import ENTRIES
from ostiary.platform.tallies.files import collect
from ostiary.platform.tallies.folder import find_folder
from ostiary.protection.limits import Limits
from ostiary.watch.alerts.rules import RULES
from ostiary.watch.queues import Queues
from ostiary.watch.readiness import Readiness

# Whoever scrapes waits no longer for Postgres, and keeps it busy no longer.
PATIENCE = timedelta(seconds=0.5)
READ = """
SELECT
    (SELECT count(*) FROM lockout WHERE released_at IS NULL AND locked_until > %(now)s) AS lockouts,
    count(*) AS waiting, min(created_at) AS oldest_at
FROM outbox WHERE status IN ('queued', 'sending') AND channel = 'mail'
"""
RUNS = "SELECT entry, ran_at FROM beat_run WHERE entry = ANY(%(entries)s)"
FIRING = "SELECT rule FROM alert WHERE resolved_at IS NULL"

log = structlog.get_logger()


@dataclass(frozen=True)
class Scrape:
    """Its database is its own, and as impatient as it is."""

    database: Database
    queues: Queues
    readiness: Readiness
    limits: Limits
    now: Clock

    def text(self) -> bytes:
        """In Prometheus' text format 0.0.4; without what only somebody absent knows."""
        return generate_latest(self)

    def collect(self) -> Iterator[Metric]:
        yield from self._counted()
        yield from self._found()
        yield from self._queued()
        yield from self._read()

    def _counted(self) -> Iterable[Metric]:
        folder = find_folder()
        return collect(folder) if folder else metrics.registry.collect()

    def _found(self) -> Iterator[Metric]:
        checks = self.readiness.report().checks
        yield metrics.ready.by({name: found.status == "up" for name, found in checks.items()})
        mode = self.limits.mode
        yield metrics.protection_mode.by({each: each == mode for each in ("redis", "postgres")})

    def _queued(self) -> Iterator[Metric]:
        if lengths := self.queues.lengths():
            yield metrics.queue_length.by(lengths)

    def _read(self) -> Iterable[Metric]:
        try:
            with self.database.atomic():
                return [*self._read_state(), *self._read_runs(), *self._read_alerts()]
        except Unavailable:
            return ()
        except Exception:
            log.exception("metrics_not_read")
            return ()
        finally:
            self.database.close()

    def _read_state(self) -> Iterator[Metric]:
        row = self.database.fetch_all(READ, now=self.now())[0]
        yield metrics.lockouts_active.at(row.lockouts)
        yield metrics.messages_waiting.at(row.waiting)
        yield metrics.messages_oldest.at(self._age(row.oldest_at) if row.oldest_at else 0)

    def _read_runs(self) -> Iterator[Metric]:
        rows = self.database.fetch_all(RUNS, entries=[*ENTRIES])
        yield metrics.beat_last_run.by({row.entry: self._age(row.ran_at) for row in rows})

    def _read_alerts(self) -> Iterator[Metric]:
        firing = {row.rule for row in self.database.fetch_all(FIRING)}
        yield metrics.alerts_firing.by({rule.name: rule.name in firing for rule in RULES})

    def _age(self, moment: datetime) -> float:
        return max(0, (self.now() - moment).total_seconds())
