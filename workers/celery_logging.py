"""Celery's own voice: no banner, our log lines, warnings only."""

import logging
import warnings
from typing import Any

import structlog
from celery import signals
from celery.exceptions import CPendingDeprecationWarning
from celery.utils.log import get_multiprocessing_logger

log = structlog.get_logger()

TALKERS = ("celery", "kombu", "amqp", "flower", "tornado", "asyncio")


def quieten() -> None:
    for name in TALKERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    signals.setup_logging.connect(_keep_our_logs)
    signals.celeryd_init.connect(_hide_banner)
    signals.celeryd_after_setup.connect(_keep_running_tasks_quietly)
    signals.worker_ready.connect(_say_ready)
    signals.worker_shutdown.connect(_say_stopped)
    signals.beat_init.connect(_say_ready)


def _keep_our_logs(**_: object) -> None:
    """That somebody listens to this signal keeps Celery from setting up logs of its own."""
    if pool := get_multiprocessing_logger():
        pool.propagate = True


def _hide_banner(instance: Any, **_: object) -> None:
    instance.quiet = True


def _keep_running_tasks_quietly(**_: object) -> None:
    """At each lost connection Celery would recommend the setting that we decided against."""
    warnings.simplefilter("ignore", CPendingDeprecationWarning)


def _say_ready(**_: object) -> None:
    log.info("process_ready")


def _say_stopped(**_: object) -> None:
    log.info("process_stopped")
