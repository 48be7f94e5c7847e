"""Figures in words, as the evidence of a finding."""

from collections.abc import Iterable
from datetime import timedelta

UNITS = (("days", 86_400), ("h", 3600), ("min", 60))


def lasting(span: timedelta) -> str:
    """In the largest unit of which there are two or more: `3 days`, `90 min`, `12.5 s`."""
    seconds = span.total_seconds()
    for unit, length in UNITS:
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.3g} s"


def several(names: Iterable[str], *, most: int = 5) -> str:
    """The first few by name, the rest by number."""
    found = [*names]
    rest = f" and {len(found) - most} more" if len(found) > most else ""
    return ", ".join(found[:most]) + rest
