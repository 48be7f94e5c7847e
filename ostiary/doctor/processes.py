"""Processes: who has given a sign of life, and what beat has asked for."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from ostiary.doctor.finding import Finding
from ostiary.doctor.site import Site
from ostiary.doctor.words import lasting, several
from ostiary.platform.database import Row
from ostiary.platform.settings import Cron, Every
from ostiary.platform.settings.timetable import last_due
from ostiary.watch.heartbeats import STALE_AFTER

IDS = {"worker": "workers_missing", "watch": "watch_stalled", "beat": "beat_stalled"}
GRACE = timedelta(minutes=2)

HEARTBEATS = "SELECT process, instance, since, seen_at FROM heartbeat"
RUNS = "SELECT entry, ran_at FROM beat_run"

Timings = Mapping[str, Every | Cron]


def look(site: Site) -> Iterator[Finding]:
    with site.postgres() as database:
        heartbeats = database.fetch_all(HEARTBEATS)
        runs = {row.entry: row.ran_at for row in database.fetch_all(RUNS)}
    now = site.now()
    yield from silence(heartbeats, now)
    yield from beats(heartbeats, now)
    yield from overdue(heartbeats, runs, site.settings.schedule, now)


def silence(rows: Iterable[Row], now: datetime) -> Iterator[Finding]:
    for process, id in IDS.items():
        seen = [row.seen_at for row in rows if row.process == process]
        if not seen:
            yield Finding(id, "No sign of life within the last day.")
        elif now - max(seen) > STALE_AFTER:
            yield Finding(id, f"The last sign of life is {lasting(now - max(seen))} old.")


def beats(rows: Iterable[Row], now: datetime) -> Iterator[Finding]:
    if (alive := len(_beating(rows, now))) > 1:
        yield Finding("beats_several", f"{alive} are alive.")


def overdue(
    rows: Iterable[Row], runs: Mapping[str, datetime], timings: Timings, now: datetime
) -> Iterator[Finding]:
    """A beat that has just started asks for everything; before that, only its absence counts."""
    since = min((row.since or row.seen_at for row in _beating(rows, now)), default=now)
    late = [
        entry
        for entry, timing in timings.items()
        if max(runs.get(entry, since), since) < _due_before(timing, now)
    ]
    if late:
        yield Finding("beat_entry_overdue", f"Overdue: {several(late)}.")


def _beating(rows: Iterable[Row], now: datetime) -> list[Row]:
    return [row for row in rows if row.process == "beat" and now - row.seen_at <= STALE_AFTER]


def _due_before(timing: Every | Cron, now: datetime) -> datetime:
    """Whatever ran last before this moment is late."""
    if isinstance(timing, Every):
        return now - 3 * timing.interval - GRACE
    return last_due(timing, now - GRACE)
