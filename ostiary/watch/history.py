"""History: what is kept for people to look at, and forgotten after a while."""

from dataclasses import dataclass

from ostiary.courier.outbox import Outbox
from ostiary.watch.heartbeats import Heartbeats
from ostiary.watch.readiness import Readiness


@dataclass(frozen=True)
class History:
    outbox: Outbox
    readiness: Readiness
    heartbeats: Heartbeats

    def prune(self) -> int:
        return self.outbox.prune() + self.readiness.prune() + self.heartbeats.prune()
