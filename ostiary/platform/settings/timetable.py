"""What happens unasked: an interval or a cron line for each entry of the beat schedule."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import AfterValidator

from ostiary.platform.settings.accepting import accepts, matching
from ostiary.platform.settings.amounts import integer, period

ENTRIES: Final = {
    "EXPIRE_LOCKOUTS": "15s",
    "EXPIRE_SESSIONS": "10m",
    "EXPIRE_TOKENS": "10m",
    "PRUNE_HISTORY": "30 3 * * *",
    "CHECK_READINESS": "15s",
    "EVALUATE_ALERTS": "15s",
    "RELAY_OUTBOX": "5s",
    "ROTATE_KEYS": "0 4 * * *",
}
SHORTEST: Final = timedelta(seconds=0.1)
DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
MONTHS: Final = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)
LENGTHS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True)
class Every:
    interval: timedelta


@dataclass(frozen=True)
class Cron:
    """The five fields of a cron line, in UTC, in the order they are written."""

    minute: str
    hour: str
    day_of_month: str
    month_of_year: str
    day_of_week: str


def timing(text: str) -> Every | Cron:
    if " " in text:
        return cron(text)
    if (interval := period(text)) < SHORTEST:
        raise ValueError("a scheduler that does nothing else")
    return Every(interval)


def cron(text: str) -> Cron:
    """Refuses a day that no month has, which the scheduler could only wait for forever."""
    minute, hour, day, month, weekday = text.lower().split()
    _chosen(minute, range(60))
    _chosen(hour, range(24))
    _chosen(weekday, range(7), DAYS)
    lengths = [LENGTHS[number - 1] for number in _chosen(month, range(1, 13), MONTHS)]
    if min(_chosen(day, range(1, 32))) > max(lengths):
        raise ValueError("a date that never comes")
    return Cron(minute, hour, day, month, weekday)


def last_due(cron: Cron, now: datetime) -> datetime:
    """The last moment up to `now`, in UTC, that the line names; it names one in eight years."""
    hours, minutes = _chosen(cron.hour, range(24)), _chosen(cron.minute, range(60))
    day = now.replace(second=0, microsecond=0)
    while True:
        for hour in sorted(hours, reverse=True) if _falls_on(cron, day) else ():
            for minute in sorted(minutes, reverse=True):
                if (found := day.replace(hour=hour, minute=minute)) <= now:
                    return found
        day -= timedelta(days=1)


def _falls_on(cron: Cron, day: datetime) -> bool:
    return (
        day.day in _chosen(cron.day_of_month, range(1, 32))
        and day.month in _chosen(cron.month_of_year, range(1, 13), MONTHS)
        and (day.weekday() + 1) % 7 in _chosen(cron.day_of_week, range(7), DAYS)
    )


def _chosen(field: str, allowed: range, names: tuple[str, ...] = ()) -> set[int]:
    return {number for term in field.split(",") for number in _term(term, allowed, names)}


def _term(term: str, allowed: range, names: tuple[str, ...]) -> range:
    """The numbers of `*`, `*/5`, `7`, `1-5`, `mon-fri` or `8-18/2`."""
    first, last, step = matching(r"(\*|[0-9]+|[a-z]+)(?:-([0-9]+|[a-z]+))?(?:/([0-9]+))?", term)
    every = integer(1, 60)(step or "1")
    if first == "*" and not last:
        return allowed[::every]
    if step and not last:
        raise ValueError("a step needs a range")
    low = _number(first, allowed, names)
    high = _number(last or first, allowed, names)
    if low > high:
        raise ValueError("a range that ends before it begins")
    return range(low, high + 1, every)


def _number(word: str, allowed: range, names: tuple[str, ...]) -> int:
    if word in names:
        return allowed[names.index(word)]
    return integer(allowed[0], allowed[-1])(word)


Timing = Annotated[
    Every | Cron,
    accepts(
        timing,
        "an interval such as 15s (s, m, h or d; at least 0.1s) or a cron line such as */5 * * * *",
    ),
]
Timetable = Annotated[Mapping[str, Timing], AfterValidator(MappingProxyType)]
