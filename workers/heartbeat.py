"""The sign of life a process leaves in Postgres every three seconds."""

import threading
import time
from datetime import timedelta
from typing import Any

import structlog
from celery.bootsteps import StartStopStep

from ostiary.errors import Unavailable
from ostiary.watch.heartbeats import INTERVAL
from tasks.context import services

log = structlog.get_logger()


class Heartbeat:
    """Never raises; waits for Postgres no longer than the database's own patience."""

    def __init__(self, process: str) -> None:
        self.process = process
        self._last = float("-inf")
        self._ran_at: dict[str, float] = {}

    def note_run(self, entry: str) -> None:
        """To be told with the next sign of life that arrives."""
        self._ran_at[entry] = time.monotonic()

    def beat_if_due(self) -> None:
        if time.monotonic() - self._last >= INTERVAL.total_seconds():
            self._last = time.monotonic()
            self.beat()

    def beat(self) -> None:
        try:
            services().heartbeats.beat(self.process, runs=self._ages())
            self._ran_at.clear()
        except Unavailable as reason:
            log.warning("heartbeat_missed", reason=str(reason))
        except Exception:
            log.exception("heartbeat_failed")

    def _ages(self) -> dict[str, timedelta]:
        now = time.monotonic()
        return {entry: timedelta(seconds=now - at) for entry, at in self._ran_at.items()}


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
        self._thread.join(INTERVAL.total_seconds())

    def _beat_until_stopped(self) -> None:
        heartbeat = Heartbeat("worker")
        while not self._stopped.is_set():
            heartbeat.beat()
            self._stopped.wait(INTERVAL.total_seconds())
