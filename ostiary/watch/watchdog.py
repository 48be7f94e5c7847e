"""The watchdog: does its chores while the broker, the workers or Postgres are away."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from threading import Event, Thread

import structlog

from ostiary.courier.promises import Promises
from ostiary.errors import Unavailable
from ostiary.platform.database import Database
from ostiary.platform.migrations import pending
from ostiary.watch.heartbeats import INTERVAL, Heartbeats

log = structlog.get_logger()

EVERY_SECOND = timedelta(seconds=1)
# Letters take their time, and an alert must not wait for them.
KEEPERS = {"mail": 4, "alerts.email": 1, "alerts.webhook": 1}


@dataclass(frozen=True)
class Chore:
    """What one thread does again and again, from `after` on."""

    name: str
    verb: Callable[[], object]
    every: timedelta = EVERY_SECOND
    after: timedelta = timedelta()


@dataclass(frozen=True)
class Watchdog:
    """Needs neither Redis nor a worker, for `chores` not even Postgres; for `upkeep` its schema."""

    database: Database
    promises: Promises
    heartbeats: Heartbeats
    chores: tuple[Chore, ...] = ()
    upkeep: tuple[Chore, ...] = ()
    stopped: Event = field(default_factory=Event)

    def run(self) -> None:
        """Returns once `stopped` is set and the promises in hand are kept."""
        log.info("watchdog_started")
        threads = self._start(self.chores)
        if self._wait_for_schema():
            threads += self._start([self._heartbeat(), *self._keepers(), *self.upkeep])
        for thread in threads:
            thread.join()

    def _start(self, chores: Iterable[Chore]) -> list[Thread]:
        threads = [Thread(target=self._do, args=(chore,), name=chore.name) for chore in chores]
        for thread in threads:
            thread.start()
        return threads

    def _heartbeat(self) -> Chore:
        return Chore("heartbeat", partial(self.heartbeats.beat, "watch"), every=INTERVAL)

    def _keepers(self) -> Iterable[Chore]:
        for channel, count in KEEPERS.items():
            yield from [Chore(channel, partial(self._keep_overdue, channel))] * count

    def _keep_overdue(self, channel: str) -> None:
        while not self.stopped.is_set() and self.promises.keep_next_overdue(channel):
            pass

    def _wait_for_schema(self) -> bool:
        """False when it was stopped before."""
        while not self.stopped.is_set():
            try:
                waiting_for = pending(self.database)
            except Unavailable:
                waiting_for = ["postgres"]
            if not waiting_for:
                return True
            log.info("watchdog_waits", waiting_for=waiting_for)
            self.stopped.wait(INTERVAL.total_seconds())
        return False

    def _do(self, chore: Chore) -> None:
        self.stopped.wait(chore.after.total_seconds())
        while not self.stopped.is_set():
            try:
                chore.verb()
            except Unavailable:
                log.debug("watchdog_waits", waiting_for=["postgres"])
            except Exception:
                log.exception("watchdog_stumbled", chore=chore.name)
            self.stopped.wait(chore.every.total_seconds())
        self.database.close()
