"""A watchdog's eyes and voice for tests: real servers, a held clock, a mailbox and a webhook."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

import pytest

from ostiary.errors import Unavailable
from ostiary.services.alerts import Alerting
from ostiary.watch.alerts.alert import Alert
from tests.app_client import Door, HeldClock, OpenDoor
from tests.webhook_sink import KEY, WebhookSink, listening
from workshop.harness.redis import EmbeddedRedis

OPERATOR = "ops@example.com"


@dataclass
class Watch:
    """What the watchdog does in the seconds that pass here."""

    door: Door
    clock: HeldClock
    sink: WebhookSink

    @property
    def alerting(self) -> Alerting:
        return self.door.services.alerting

    @property
    def alerts(self) -> list[Alert]:
        """The oldest first."""
        return self.alerting.alerts.newest(limit=100)[::-1]

    @property
    def firing(self) -> list[str]:
        return sorted(alert.rule for alert in self.alerts if alert.state == "firing")

    @property
    def letters(self) -> list[str]:
        """The subjects, the oldest first."""
        return [each.subject for each in self.door.letterbox.letters(to=OPERATOR)[::-1]]

    def everybody_lives(self) -> None:
        for process in ("worker", "beat", "watch"):
            self.door.services.heartbeats.beat(process)

    def watch(
        self, seconds: int = 30, *, meanwhile: Callable[[], object] | None = None, step: int = 1
    ) -> None:
        """Looks, judges and tells every `step` seconds, for so many seconds."""
        for _ in range(0, seconds, step):
            (meanwhile or self.everybody_lives)()
            self.door.services.readiness.look()
            self.alerting.lookout.evaluate()
            self.tell()
            self.clock.advance(seconds=step)

    def tell(self) -> None:
        promises = self.door.services.promises
        for target in self.alerting.sender.targets:
            self.alerting.waiting.send_due(target)
        for channel in ("alerts.email", "alerts.webhook"):
            with suppress(Unavailable):
                while promises.keep_next_overdue(channel):
                    pass


@contextmanager
def full(redis_server: EmbeddedRedis) -> Iterator[None]:
    """It answers a PING, and takes nothing."""
    redis_server.client().config_set("maxmemory", "1")
    try:
        yield
    finally:
        redis_server.client().config_set("maxmemory", "0")


OpenWatch = Callable[..., Watch]


@pytest.fixture
def open_watch(open_door: OpenDoor, clock: HeldClock) -> Iterator[OpenWatch]:
    with ExitStack() as opened:

        def build(**environment: str) -> Watch:
            sink = opened.enter_context(listening(WebhookSink()))
            told = {
                "ALERT_EMAILS": OPERATOR,
                "ALERT_WEBHOOK_URL": sink.url,
                "ALERT_WEBHOOK_SECRET": KEY,
            }
            return Watch(open_door(**told | environment), clock, sink)

        yield build


@pytest.fixture
def watch(open_watch: OpenWatch) -> Watch:
    return open_watch()
