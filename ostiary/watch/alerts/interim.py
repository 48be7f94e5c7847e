"""The interim: alerts that begin, end or wait to be told while Postgres cannot keep them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import peewee

from ostiary.errors import Unavailable
from ostiary.watch.alerts.alert import Alert, Notice
from ostiary.watch.alerts.arbiter import Arbiter
from ostiary.watch.alerts.journal import log_notice
from ostiary.watch.alerts.ledger import Ledger
from ostiary.watch.alerts.rules import BY_NAME
from ostiary.watch.alerts.waiting import Waiting

AN_HOUR = timedelta(hours=1)
# A schema that is behind does as little for us as a Postgres that is away.
AWAY = (Unavailable, peewee.ProgrammingError)


@dataclass
class Interim:
    """A ledger that is always there; what it kept alone is in Postgres as soon as that is back."""

    ledger: Ledger
    arbiter: Arbiter
    waiting: Waiting
    _firing: dict[str, Alert] = field(default_factory=dict)
    _unwritten: dict[str, Alert] = field(default_factory=dict)

    def firing(self) -> Mapping[str, Alert]:
        try:
            self._catch_up()
            self._firing = dict(self.ledger.firing())
        except AWAY:
            self._agree()
        return dict(self._firing)

    def open(self, alert: Alert) -> None:
        self._try(lambda: self.ledger.open(alert), otherwise=lambda: self._open_alone(alert))

    def close(self, alert: Alert, at: datetime) -> None:
        self._try(
            lambda: self.ledger.close(alert, at), otherwise=lambda: self._close_alone(alert, at)
        )

    def repeat(self, alert: Alert, at: datetime) -> None:
        self._try(
            lambda: self.ledger.repeat(alert, at), otherwise=lambda: self._repeat_alone(alert, at)
        )

    def _agree(self) -> None:
        """With other watchdogs, and with whoever is started meanwhile."""
        for rule in BY_NAME:
            known = self._firing.get(rule)
            held = self.arbiter.claim(known) if known else self.arbiter.find(rule)
            if held and (known is None or held.id != known.id):
                self._keep(held)

    def _try(self, verb: Callable[[], None], *, otherwise: Callable[[], None]) -> None:
        try:
            verb()
        except AWAY:
            otherwise()

    def _open_alone(self, alert: Alert) -> None:
        first = self.arbiter.claim(alert)
        self._keep(first)
        if first is alert:
            self._tell(Notice(alert, "firing", alert.fired_at))

    def _close_alone(self, alert: Alert, at: datetime) -> None:
        self._firing.pop(alert.rule, None)
        self._unwritten[str(alert.id)] = replace(alert, resolved_at=at)
        if self.arbiter.may_speak(f"{alert.id}:resolved"):
            self.arbiter.forget([alert.rule])
            self._tell(Notice(alert, "resolved", at))

    def _repeat_alone(self, alert: Alert, at: datetime) -> None:
        self._keep(replace(alert, announced_at=at))
        if self.arbiter.may_speak(f"{alert.id}:{round((at - alert.fired_at) / AN_HOUR)}"):
            self._tell(Notice(alert, "firing", at))

    def _keep(self, alert: Alert) -> None:
        self._firing[alert.rule] = alert
        self._unwritten[str(alert.id)] = alert

    def _tell(self, notice: Notice) -> None:
        log_notice(notice)
        self.waiting.add(notice, self.ledger.targets)

    def _catch_up(self) -> None:
        if not self._unwritten and self.waiting.is_empty:
            return
        with self.waiting.handed_over() as notices, self.ledger.database.atomic():
            for alert in self._unwritten.values():
                self.ledger.catch_up(alert)
            for notice, target in notices:
                self.ledger.announce(notice, target)
        self._unwritten.clear()
        self.arbiter.forget(BY_NAME)
