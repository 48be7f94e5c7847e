"""History: what is kept for people to look at, and forgotten after a while."""

from dataclasses import dataclass

from ostiary.accounts.pending_registrations import PendingRegistrations
from ostiary.audit.retention import Retention
from ostiary.courier.outbox import Outbox
from ostiary.protection.attempts import Attempts
from ostiary.protection.counters import Counters
from ostiary.protection.locks import Locks
from ostiary.watch.alerts.alerts import Alerts
from ostiary.watch.denials import Denials
from ostiary.watch.heartbeats import Heartbeats
from ostiary.watch.records import Records


@dataclass(frozen=True)
class History:
    registrations: PendingRegistrations
    outbox: Outbox
    records: Records
    heartbeats: Heartbeats
    alerts: Alerts
    denials: Denials
    attempts: Attempts
    locks: Locks
    counters: Counters
    # The last one, because it may have to wait for those who read the audit.
    audit: Retention

    def prune(self) -> int:
        return sum(part.prune() for part in vars(self).values())
