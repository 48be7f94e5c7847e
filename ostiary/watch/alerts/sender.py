"""Sends a notice to one target: the webhook, or one of the addresses."""

from dataclasses import dataclass
from datetime import UTC
from uuid import uuid5

import orjson

from ostiary.courier.deliveries import Deliveries
from ostiary.courier.letters import Letter, Letters
from ostiary.courier.promises import NotWanted
from ostiary.watch.alerts.alert import Notice
from ostiary.watch.alerts.rules import BY_NAME
from ostiary.watch.alerts.webhook import Webhook

WEBHOOK = "webhook"
EMAIL = "email"


@dataclass(frozen=True)
class Sender:
    deliveries: Deliveries
    letters: Letters
    emails: tuple[str, ...]
    webhook: Webhook | None

    @property
    def targets(self) -> tuple[str, ...]:
        """`webhook`, `email:0`, …: an address is known by its place in `ALERT_EMAILS`."""
        addresses = tuple(f"{EMAIL}:{place}" for place in range(len(self.emails)))
        return (*addresses, WEBHOOK) if self.webhook else addresses

    def send(self, notice: Notice, target: str) -> None:
        """Raises `Undelivered`, or `NotWanted` for a target that is no longer set."""
        if target not in self.targets:
            raise NotWanted
        if target == WEBHOOK and self.webhook:
            return self.webhook.post(str(notice.id), self._document(notice))
        address = self._address(target)
        return self.deliveries.deliver(lambda: self._letter(notice, address))

    def name_of(self, target: str) -> str:
        """For the operator alone: the address, or `webhook`."""
        return target if target == WEBHOOK else self._address(target)

    def runbook(self, notice: Notice) -> str:
        rule = BY_NAME.get(notice.alert.rule)
        return self.letters.public_url + (rule.runbook if rule else "/docs/runbook")

    def _address(self, target: str) -> str:
        return self.emails[int(target.removeprefix(f"{EMAIL}:"))]

    def _document(self, notice: Notice) -> bytes:
        data = {**notice.subject.as_document(), "runbook_url": self.runbook(notice)}
        at = notice.at.astimezone(UTC)
        document = {"type": f"alert.{notice.kind}", "timestamp": at, "data": data}
        return orjson.dumps(document, option=orjson.OPT_UTC_Z)

    def _letter(self, notice: Notice, address: str) -> Letter:
        return self.letters.compose(
            "alert",
            to=address,
            promise_id=uuid5(notice.id, address),
            news=notice.kind,
            alert=notice.subject,
            at=notice.at,
            runbook=self.runbook(notice),
        )
