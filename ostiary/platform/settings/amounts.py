"""Numbers, spans of time, and so many of something within a span."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final

from ostiary.platform.settings.accepting import accepts, matching

LONGEST: Final = timedelta(days=3650)
UNITS: Final = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}


@dataclass(frozen=True)
class Rate:
    """At most `count` requests in each `window`."""

    count: int
    window: timedelta


@dataclass(frozen=True)
class Threshold:
    """Worth an alarm as soon as `count` happened within `window`."""

    count: int
    window: timedelta


def integer(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        matching("[0-9]{1,9}", text)
        if not low <= int(text) <= high:
            raise ValueError(text)
        return int(text)

    return parse


def span(unit: timedelta, *, least: timedelta = timedelta.resolution) -> Callable[[str], timedelta]:
    """Parses a number of units, fractions allowed, that comes to ten years at most."""

    def parse(text: str) -> timedelta:
        matching(r"[0-9]{1,8}(?:\.[0-9]+)?", text)
        if not least <= (length := unit * float(text)) <= LONGEST:
            raise ValueError(text)
        return length

    return parse


def period(text: str) -> timedelta:
    """Parses `15s`, `10m`, `1.5h` or `1d`."""
    number, unit = matching("(.+)([smhd])", text)
    return span(UNITS[unit])(number)


def rate(text: str) -> Rate | None:
    if text == "off":
        return None
    count, unit = matching("([0-9]+)/([smhd])", text)
    return Rate(integer(1, 1_000_000)(count), UNITS[unit])


def count_or_off(text: str) -> int | None:
    return None if text == "off" else integer(1, 1_000_000)(text)


def threshold(text: str) -> Threshold:
    count, length, unit = matching("([0-9]+)/([0-9.]*)([smhd])", text)
    return Threshold(integer(1, 1_000_000)(count), period(f"{length or 1}{unit}"))


Port = Annotated[int, accepts(integer(1, 65535), "a port from 1 to 65535")]
PortOrNone = Annotated[int, accepts(integer(0, 65535), "a port from 1 to 65535, or 0 for none")]
Count = Annotated[int, accepts(integer(1, 1_000_000), "a whole number from 1 to 1000000")]
CountOrOff = Annotated[
    int | None, accepts(count_or_off, "a whole number from 1 to 1000000, or off")
]
Length = Annotated[int, accepts(integer(1, 128), "a whole number from 1 to 128")]
Workers = Annotated[int, accepts(integer(1, 1024), "a whole number from 1 to 1024")]
Seconds = Annotated[
    timedelta, accepts(span(UNITS["s"], least=timedelta()), "a number of seconds, such as 10 or 0")
]
Minutes = Annotated[
    timedelta, accepts(span(UNITS["m"]), "a positive number of minutes, such as 15 or 0.5")
]
Days = Annotated[
    timedelta, accepts(span(UNITS["d"]), "a positive number of days, such as 30 or 0.5")
]
RateLimit = Annotated[Rate | None, accepts(rate, "a rate such as 30/m (s, m, h or d), or off")]
AlertThreshold = Annotated[Threshold, accepts(threshold, "a number within a time, such as 10/5m")]
