"""Keeps the promise to tell one target of an alert."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ostiary.courier.promises import Claimed, NotWanted
from ostiary.watch.alerts.alert import Notice
from ostiary.watch.alerts.ledger import Ledger
from ostiary.watch.alerts.sender import Sender


@dataclass(frozen=True)
class Notices:
    ledger: Ledger
    sender: Sender

    def notify(self, promise: Claimed) -> None:
        """Tells what was true when the promise was made; a repetition is not worth being late."""
        told = promise.event
        alert = self.ledger.find(UUID(told["alert_id"]))
        if alert is None:
            raise NotWanted
        notice = Notice(alert, told["kind"], datetime.fromisoformat(told["at"]))
        is_repetition = notice.kind == "firing" and notice.at > alert.fired_at
        if is_repetition and alert.resolved_at:
            raise NotWanted
        self.sender.send(notice, told["target"])
