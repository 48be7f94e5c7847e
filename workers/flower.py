"""Flower: configured by our settings alone, for looking and not for touching."""

import os
import time
from typing import Any

import structlog
from celery.events import EventReceiver
from flower import app as flower  # type: ignore[import-untyped]
from flower.views import monitor  # type: ignore[import-untyped]
from tornado.web import authenticated

from ostiary.platform.settings import Settings

log = structlog.get_logger()

PREFIX = "FLOWER_"
TASKS_KEPT = 10_000
PAUSE_SECONDS = 2


def configure_flower(settings: Settings) -> None:
    """Without basic auth Flower is open to whoever reaches it, so only this machine may."""
    _hide_own_variables()
    flower.Events.run = _capture_patiently
    # Flower asks for a password everywhere but here.
    monitor.Metrics.get = authenticated(monitor.Metrics.get)
    options, users = flower.default_options, settings.flower_basic_auth
    options.basic_auth = users.split(",") if users else []
    options.address = "" if users else "127.0.0.1"
    options.port = settings.flower_port
    options.read_only = True
    options.max_tasks = TASKS_KEPT
    options.logging = "none"


def _hide_own_variables() -> None:
    """Flower would read them itself, and by other rules than ours."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]


def _capture_patiently(events: Any) -> None:
    """Flower doubles its wait at every attempt: after a night without Redis it would take a day."""
    while True:
        try:
            with events.capp.connection() as connection:
                _receiver(events, connection).capture(limit=None, timeout=None, wakeup=True)
        except Exception as problem:  # noqa: BLE001
            log.warning("events_unavailable", reason=str(problem))
            time.sleep(PAUSE_SECONDS)


def _receiver(events: Any, connection: Any) -> EventReceiver:
    return EventReceiver(connection, handlers={"*": events.on_event}, app=events.capp)
