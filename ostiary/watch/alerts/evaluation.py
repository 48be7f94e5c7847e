"""The evaluation: holds the signs against the rules, and opens, repeats or closes alerts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from ostiary.platform.clock import Clock
from ostiary.platform.identifiers import new_id
from ostiary.watch.alerts.alarm import Alarm
from ostiary.watch.alerts.alert import Alert
from ostiary.watch.alerts.rules import Rule
from ostiary.watch.alerts.signs import UNKNOWN, Sign, Signs

REPEAT_AFTER = timedelta(hours=1)
# Who fires more often within an hour flaps, and then stays on for a while.
OFTEN = 5
DAMPED_FOR = timedelta(minutes=10)


class Book(Protocol):
    """What the ledger promises, by itself or with an interim before it."""

    def firing(self) -> Mapping[str, Alert]: ...
    def open(self, alert: Alert) -> None: ...
    def close(self, alert: Alert, at: datetime) -> None: ...
    def repeat(self, alert: Alert, at: datetime) -> None: ...


class Reader(Protocol):
    def read(self) -> Signs: ...


@dataclass(frozen=True)
class Evaluation:
    """One for each process that looks; only how long a sign has lasted is its own."""

    rules: tuple[Rule, ...]
    signs: Reader
    book: Book
    now: Clock
    _alarms: dict[str, Alarm] = field(default_factory=dict)

    def evaluate(self) -> None:
        """To be repeated; raises `Unavailable` where the book does."""
        signs, firing = self.signs.read(), self.book.firing()
        for rule in self.rules:
            self._judge(rule, signs.get(rule.name, UNKNOWN), firing.get(rule.name))

    def _judge(self, rule: Rule, sign: Sign, alert: Alert | None) -> None:
        now = self.now()
        rings = self._alarm(rule).feel(sign.holds, now)
        if rings and alert is None:
            self.book.open(_new_alert(rule, sign, now))
        if alert is None:
            return
        if rings is False and not _is_damped(alert, now):
            self.book.close(alert, now)
        elif _is_due_again(alert, now):
            self.book.repeat(alert, now)

    def _alarm(self, rule: Rule) -> Alarm:
        return self._alarms.setdefault(rule.name, Alarm(rule.delay, rule.calm))


def _new_alert(rule: Rule, sign: Sign, now: datetime) -> Alert:
    summary = f"{rule.summary} {sign.detail}".strip()
    return Alert(new_id(), rule.name, rule.severity, summary, fired_at=now, announced_at=now)


def _is_damped(alert: Alert, now: datetime) -> bool:
    return alert.firings_lately > OFTEN and now < alert.fired_at + DAMPED_FOR


def _is_due_again(alert: Alert, now: datetime) -> bool:
    return alert.acknowledged_by is None and now >= alert.announced_at + REPEAT_AFTER
