"""A trial of the channels: one test alert through each of them, now and without any detour."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import structlog

from ostiary.courier.smtp import Undelivered
from ostiary.platform.clock import Clock
from ostiary.platform.identifiers import new_id
from ostiary.watch.alerts.alert import Alert, Notice
from ostiary.watch.alerts.journal import log_notice
from ostiary.watch.alerts.sender import Sender

log = structlog.get_logger()

SUMMARY = "A test of the alerts, sent by hand."


class Outcome(NamedTuple):
    """`reason` is why it was not sent."""

    channel: str
    sent: bool
    reason: str | None = None


@dataclass(frozen=True)
class Trial:
    """Needs neither Postgres nor Redis nor a worker."""

    sender: Sender
    now: Clock

    def run(self) -> list[Outcome]:
        """The log, each address and the webhook, all at once: none waits for another."""
        notice = self._notice()
        channels = ["log", *map(self.sender.name_of, self.sender.targets)]
        sendings = [partial(self.sender.send, notice, target) for target in self.sender.targets]
        with ThreadPoolExecutor(len(channels)) as pool:
            return list(pool.map(_attempt, channels, [partial(log_notice, notice), *sendings]))

    def _notice(self) -> Notice:
        at = self.now()
        return Notice(Alert(new_id(), "test", "warning", SUMMARY, at, at), "test", at)


def _attempt(channel: str, send: Callable[[], None]) -> Outcome:
    try:
        send()
    except Undelivered as problem:
        return Outcome(channel, sent=False, reason=problem.reason)
    except Exception as problem:
        log.exception("alert_test_failed")
        return Outcome(channel, sent=False, reason=type(problem).__name__)
    return Outcome(channel, sent=True)
