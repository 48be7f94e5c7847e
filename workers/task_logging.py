"""One line and one count per task: what ran, how it ended and how long it took."""

import time
from typing import Any

import structlog
from celery import Task, signals
from structlog.contextvars import bind_contextvars, clear_contextvars

from ostiary.errors import Unavailable
from ostiary.platform import metrics, tracing

log = structlog.get_logger()


def keep_journal() -> None:
    """Binds the ids of the task to every line said meanwhile, its own line included."""
    signals.task_prerun.connect(_open_page)
    signals.task_postrun.connect(_close_page)


def _open_page(task_id: str, task: Task[Any, Any], **_: object) -> None:
    clear_contextvars()
    bind_contextvars(task_id=task_id)
    if request_id := task.request.get("request_id"):
        bind_contextvars(request_id=request_id)
    if traceparent := task.request.get("traceparent"):
        tracing.join(traceparent, task.request.get("tracestate"))
    task.request.update(started=time.perf_counter())


def _close_page(task: Task[Any, Any], retval: object, state: str | None, **_: object) -> None:
    seconds = time.perf_counter() - task.request.get("started", time.perf_counter())
    outcome = _outcome(retval, state)
    level = log.info if outcome == "succeeded" else log.warning
    metrics.tasks.add(task.name, outcome)
    metrics.task_seconds.observe(seconds, task.name)
    level("task", name=task.name, outcome=outcome, ms=round(seconds * 1000, 1))
    clear_contextvars()


def _outcome(retval: object, state: str | None) -> str:
    match state, retval:
        case "SUCCESS", _:
            return "succeeded"
        case _, Unavailable():
            return "unavailable"
        case _:
            return "failed"
