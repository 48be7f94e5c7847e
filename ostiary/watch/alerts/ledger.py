"""The ledger of alerts in Postgres, where of all who see the same trouble one writes it down."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from ostiary.courier.outbox import Outbox
from ostiary.events import AlertAnnounced
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.watch.alerts.alert import Alert, Notice
from ostiary.watch.alerts.journal import log_notice

# A channel that was away for longer has other worries.
ANNOUNCED_WITHIN = timedelta(days=30)
LATELY = timedelta(hours=1)

COLUMNS = "id, rule, severity, summary, fired_at, announced_at, resolved_at, acknowledged_by"
FIRING = f"""
SELECT {COLUMNS}, (SELECT count(*) FROM alert AS before
    WHERE before.rule = alert.rule AND before.fired_at > %(lately)s) AS firings_lately
FROM alert WHERE resolved_at IS NULL
"""
GET = f"SELECT {COLUMNS} FROM alert WHERE id = %(id)s"
OPEN = f"""
INSERT INTO alert ({COLUMNS}) VALUES (%(id)s, %(rule)s, %(severity)s, %(summary)s,
    %(fired_at)s, %(announced_at)s, %(resolved_at)s, %(acknowledged_by)s)
ON CONFLICT DO NOTHING
"""
CLOSE = "UPDATE alert SET resolved_at = %(at)s WHERE id = %(id)s AND resolved_at IS NULL"
MEND = """
UPDATE alert SET announced_at = greatest(announced_at, %(announced_at)s),
    resolved_at = coalesce(resolved_at, %(resolved_at)s)
WHERE id = %(id)s
"""
REPEAT = """
UPDATE alert SET announced_at = %(at)s
WHERE id = %(id)s AND announced_at = %(announced_at)s
  AND resolved_at IS NULL AND acknowledged_at IS NULL
"""


@dataclass(frozen=True)
class Ledger:
    """Every verb may be said by several at once; only whose row changes tells of it."""

    database: Database
    outbox: Outbox
    targets: tuple[str, ...]
    now: Clock

    def firing(self) -> Mapping[str, Alert]:
        """By rule."""
        rows = self.database.fetch_all(FIRING, lately=self.now() - LATELY)
        return {row.rule: Alert(*row) for row in rows}

    def find(self, alert_id: UUID) -> Alert | None:
        row = self.database.fetch_one(GET, id=alert_id)
        return row and Alert(*row)

    def open(self, alert: Alert) -> None:
        self._change(OPEN, Notice(alert, "firing", alert.fired_at))

    def close(self, alert: Alert, at: datetime) -> None:
        self._change(CLOSE, Notice(alert, "resolved", at))

    def repeat(self, alert: Alert, at: datetime) -> None:
        self._change(REPEAT, Notice(alert, "firing", at))

    def catch_up(self, alert: Alert) -> None:
        """Writes down what happened meanwhile; belongs inside a transaction."""
        self.database.run(OPEN, **asdict(alert))
        self.database.run(MEND, **asdict(alert))

    def announce(self, notice: Notice, target: str) -> None:
        """Belongs inside the transaction that makes it true."""
        self.outbox.record(
            AlertAnnounced(
                alert_id=notice.alert.id,
                kind=notice.kind,
                at=notice.at,
                target=target,
                keep_until=notice.at + ANNOUNCED_WITHIN,
            )
        )

    def _change(self, statement: str, notice: Notice) -> None:
        with self.database.atomic():
            if not self.database.run(statement, **asdict(notice.alert), at=notice.at):
                return
            for target in self.targets:
                self.announce(notice, target)
        log_notice(notice)
