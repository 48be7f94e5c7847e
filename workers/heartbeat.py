"""The sign of life a process leaves in Postgres every five seconds."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog
from celery.bootsteps import StartStopStep

from ostiary.errors import Unavailable
from tasks.context import services

log = structlog.get_logger()

EVERY = timedelta(seconds=5)


class Heartbeat:
    """Never raises; waits for Postgres no longer than the database's own patience."""

    def __init__(self, process: str) -> None:
        self.process = process
        self._last = float("-inf")

    def beat_if_due(self) -> None:
        if time.monotonic() - self._last >= EVERY.total_seconds():
            self._last = time.monotonic()
            self._tell(lambda: services().heartbeats.beat(self.process))

    def end(self) -> None:
        self._tell(lambda: services().heartbeats.leave(self.process))

    def _tell(self, sign: Callable[[], None]) -> None:
        try:
            sign()
        except Unavailable as reason:
            log.warning("heartbeat_missed", reason=str(reason))
        except Exception:
            log.exception("heartbeat_failed")


class WorkerHeartbeat(StartStopStep):
    """A thread of the worker's main process: its event loop stands still while Redis is away."""

    requires = ("celery.worker.components:Pool",)

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        self._stopped = threading.Event()
        self._thread = threading.Thread(
            target=self._beat_until_stopped, name="heartbeat", daemon=True
        )

    def start(self, worker: Any) -> None:
        self._thread.start()

    def stop(self, worker: Any) -> None:
        self._stopped.set()
        self._thread.join(EVERY.total_seconds())

    def _beat_until_stopped(self) -> None:
        heartbeat = Heartbeat("worker")
        while True:
            heartbeat.beat_if_due()
            if self._stopped.wait(EVERY.total_seconds()):
                return heartbeat.end()
