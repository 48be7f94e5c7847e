"""SIGTERM: finish what was begun, within thirty seconds and without a word on stdout."""

import os
import signal
import threading
import time
from contextlib import suppress
from datetime import timedelta
from typing import Any

import structlog
from celery.apps.worker import install_worker_term_handler  # type: ignore[attr-defined]
from celery.bootsteps import StartStopStep
from celery.signals import worker_shutting_down

from tasks.app import HARD_LIMIT

log = structlog.get_logger()

LAST_WORDS = timedelta(seconds=2)


class Farewell(StartStopStep):
    """Celery waits for running tasks without end, and its time limits stop with its event loop."""

    requires = ("celery.worker.components:Pool",)

    def start(self, worker: Any) -> None:
        for name in ("SIGTERM", "SIGINT"):
            install_worker_term_handler(worker, sig=name, verbose=False)
        self._worker = worker
        worker_shutting_down.connect(self._set_deadline)

    def _set_deadline(self, **_: object) -> None:
        log.info("worker_stopping")
        deadline = threading.Timer(HARD_LIMIT.total_seconds(), self._leave)
        deadline.daemon = True
        deadline.start()

    def _leave(self) -> None:
        log.error("tasks_abandoned")
        for process in self._worker.pool.info["processes"]:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        time.sleep(LAST_WORDS.total_seconds())
        os._exit(os.EX_OK)
