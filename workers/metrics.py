"""A worker's metrics: one thread of its main process serves them, and tidies the folder."""

from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

from celery.bootsteps import StartStopStep

from ostiary.platform.settings import Settings
from ostiary.platform.tallies.files import fold, running
from ostiary.watch.metrics_guard import MetricsGuard
from tasks.context import services
from workers.metrics_page import MetricsPage
from workers.metrics_port import MetricsPort
from workers.process import counts, settings


class WorkerMetrics(StartStopStep):
    """Nobody needs to stop it: the last tasks of a worker that leaves count too."""

    def include_if(self, worker: Any) -> bool:
        return counts is not None

    def start(self, worker: Any) -> None:
        if counts:
            port = open_metrics_port(settings, services().metrics_guard, counts)
            Thread(target=port.serve, name="metrics", daemon=True).start()


def open_metrics_port(settings: Settings, guard: MetricsGuard, folder: Path) -> MetricsPort:
    page = MetricsPage(guard, settings.trusted_proxies, settings.public_url, folder)
    return MetricsPort(settings.worker_metrics_port, page.answer, partial(_tidy, folder))


def _tidy(folder: Path) -> None:
    """After pool processes that have ended, a killed one too."""
    fold(folder, living=running(folder))
