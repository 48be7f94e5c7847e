"""Alerts that fire, and that nobody has said to know of."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from ostiary.doctor.finding import Finding
from ostiary.doctor.site import Site
from ostiary.doctor.words import lasting, several
from ostiary.platform.database import Row

LONG = timedelta(hours=1)

FIRING = """
SELECT rule, fired_at FROM alert WHERE resolved_at IS NULL AND acknowledged_at IS NULL
ORDER BY fired_at
"""


def look(site: Site) -> Iterator[Finding]:
    with site.postgres() as database:
        rows = database.fetch_all(FIRING)
    yield from unacknowledged(rows, site.now())


def unacknowledged(rows: Iterable[Row], now: datetime) -> Iterator[Finding]:
    found = [row for row in rows if now - row.fired_at > LONG]
    if found:
        said = several(f"{row.rule} for {lasting(now - row.fired_at)}" for row in found)
        yield Finding("alert_unacknowledged", f"{said}.")
