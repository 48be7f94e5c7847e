"""History: what is kept for people to look at, and forgotten after a while."""

from dataclasses import dataclass

from ostiary.courier.outbox import Outbox
from ostiary.protection.attempts import Attempts
from ostiary.protection.limits import Limits
from ostiary.watch.heartbeats import Heartbeats
from ostiary.watch.readiness import Readiness


@dataclass(frozen=True)
class History:
    outbox: Outbox
    readiness: Readiness
    heartbeats: Heartbeats
    attempts: Attempts
    limits: Limits

    def prune(self) -> int:
        parts = (self.outbox, self.readiness, self.heartbeats, self.attempts, self.limits)
        return sum(part.prune() for part in parts)
