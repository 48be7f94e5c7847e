"""A scrape: what all processes of this master have counted, and what is read just now."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import Metric, generate_latest

from ostiary.errors import Unavailable
from ostiary.platform import metrics
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.tallies.files import collect
from ostiary.platform.tallies.folder import find_folder
from ostiary.protection.limits import Limits
from ostiary.watch.readiness import Readiness

# Whoever scrapes must not keep Postgres busy for longer.
PATIENCE = "SET LOCAL statement_timeout = 500"
READ = """
SELECT
    (SELECT count(*) FROM lockout WHERE released_at IS NULL AND locked_until > %(now)s) AS lockouts,
    count(*) AS waiting, min(created_at) AS oldest_at
FROM outbox WHERE status IN ('queued', 'sending') AND channel = 'mail'
"""


@dataclass(frozen=True)
class Scrape:
    database: Database
    readiness: Readiness
    limits: Limits
    now: Clock

    def text(self) -> bytes:
        """In Prometheus' text format 0.0.4; without what only an absent Postgres knows."""
        return generate_latest(self)

    def collect(self) -> Iterator[Metric]:
        yield from self._counted()
        yield from self._found()
        yield from self._read()

    def _counted(self) -> Iterable[Metric]:
        folder = find_folder()
        return collect(folder) if folder else metrics.registry.collect()

    def _found(self) -> Iterator[Metric]:
        checks = self.readiness.report().checks
        yield metrics.ready.by({name: found.status == "up" for name, found in checks.items()})
        mode = self.limits.mode
        yield metrics.protection_mode.by({each: each == mode for each in ("redis", "postgres")})

    def _read(self) -> Iterator[Metric]:
        try:
            with self.database.atomic():
                self.database.run(PATIENCE)
                row = self.database.fetch_all(READ, now=self.now())[0]
        except Unavailable:
            return
        age = (self.now() - row.oldest_at).total_seconds() if row.oldest_at else 0
        yield metrics.lockouts_active.at(row.lockouts)
        yield metrics.messages_waiting.at(row.waiting)
        yield metrics.messages_oldest.at(max(0, age))
