"""The watchdog: keeps overdue promises while the broker or the workers are away."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event, Thread

import structlog

from ostiary.courier.promises import Promises
from ostiary.errors import Unavailable
from ostiary.platform.database import Database
from ostiary.platform.migrations import pending
from ostiary.watch.heartbeats import INTERVAL, Heartbeats

log = structlog.get_logger()

KEEPERS = 4
LOOK_EVERY = timedelta(seconds=1)


@dataclass(frozen=True)
class Watchdog:
    """Needs Postgres and the mail server, and neither Redis nor a worker."""

    database: Database
    promises: Promises
    heartbeats: Heartbeats
    stopped: Event = field(default_factory=Event)

    def run(self) -> None:
        """Returns once `stopped` is set and the promises in hand are kept."""
        self._wait_for_schema()
        if self.stopped.is_set():
            return
        threads = [Thread(target=self._repeat, args=(self._beat, INTERVAL), name="heartbeat")]
        for _ in range(KEEPERS):
            keeper = Thread(target=self._repeat, args=(self._keep_overdue, LOOK_EVERY))
            threads.append(keeper)
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _wait_for_schema(self) -> None:
        log.info("watchdog_started")
        while not self.stopped.is_set():
            try:
                waiting_for = pending(self.database)
            except Unavailable:
                waiting_for = ["postgres"]
            if not waiting_for:
                return
            log.info("watchdog_waits", waiting_for=waiting_for)
            self.stopped.wait(INTERVAL.total_seconds())

    def _repeat(self, verb: Callable[[], None], every: timedelta) -> None:
        while not self.stopped.is_set():
            try:
                verb()
            except Unavailable:
                log.debug("watchdog_waits", waiting_for=["postgres"])
            except Exception:
                log.exception("watchdog_stumbled")
            self.stopped.wait(every.total_seconds())
        self.database.close()

    def _beat(self) -> None:
        self.heartbeats.beat("watch")

    def _keep_overdue(self) -> None:
        while not self.stopped.is_set() and self.promises.keep_next_overdue():
            pass
