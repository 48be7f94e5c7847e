"""The timetable: everything that runs unasked, on one page."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from celery.schedules import BaseSchedule, crontab
from celery.schedules import schedule as interval

from ostiary.platform.settings import Cron, Every

TIMETABLE: Mapping[str, str] = {
    "EXPIRE_LOCKOUTS": "tasks.sweeps.expire_lockouts",
    "EXPIRE_SESSIONS": "tasks.sweeps.expire_sessions",
    "EXPIRE_TOKENS": "tasks.sweeps.expire_tokens",
    "PRUNE_HISTORY": "tasks.sweeps.prune_history",
    "CHECK_READINESS": "tasks.checks.check_readiness",
    "EVALUATE_ALERTS": "tasks.alerts.evaluate",
    "RELAY_OUTBOX": "tasks.outbox.relay",
    "ROTATE_KEYS": "tasks.keys.rotate_if_due",
}

# A beat that starts owes every entry a run: it cannot know when the last one was.
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
LONGEST_WAIT = timedelta(hours=1)


def beat_schedule(timings: Mapping[str, Every | Cron]) -> dict[str, dict[str, Any]]:
    """The timetable as Celery's beat reads it; `timings` is `Settings.schedule`."""
    return {name: _entry(task, timings[name]) for name, task in TIMETABLE.items()}


def _entry(task: str, timing: Every | Cron) -> dict[str, Any]:
    return {
        "task": task,
        "schedule": _celery_schedule(timing),
        "options": {"expires": _void_after(timing)},
        "last_run_at": LONG_AGO,
    }


def _celery_schedule(timing: Every | Cron) -> BaseSchedule:
    if isinstance(timing, Every):
        return interval(timing.interval)
    return crontab(
        minute=timing.minute,
        hour=timing.hour,
        day_of_month=timing.day_of_month,
        month_of_year=timing.month_of_year,
        day_of_week=timing.day_of_week,
    )


def _void_after(timing: Every | Cron) -> timedelta:
    """When the next one comes, so that a worker that was away finds no backlog to run."""
    return min(timing.interval, LONGEST_WAIT) if isinstance(timing, Every) else LONGEST_WAIT
