"""Letters: how long they wait, how many fail, which channels are paused."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from ostiary.doctor.finding import Finding
from ostiary.doctor.site import Site
from ostiary.doctor.words import lasting, several
from ostiary.platform.database import Row

LATELY = timedelta(hours=1)
MANY = 10

LETTERS = """
SELECT (SELECT count(*) FROM outbox
        WHERE status IN ('queued', 'sending') AND channel = 'mail') AS waiting,
    (SELECT min(created_at) FROM outbox
        WHERE status IN ('queued', 'sending') AND channel = 'mail') AS oldest_at,
    (SELECT count(*) FROM outbox WHERE status IN ('failed', 'expired') AND channel = 'mail'
        AND finished_at > %(since)s) AS failed
"""
CHANNELS = "SELECT name, failures, last_error FROM channel ORDER BY failures DESC, name"


def look(site: Site) -> Iterator[Finding]:
    now = site.now()
    with site.postgres() as database:
        row = database.fetch_all(LETTERS, since=now - LATELY)[0]
        channels = database.fetch_all(CHANNELS)
    yield from waiting(row, now, site.settings.alert_mail_age)
    yield from failed(row)
    yield from paused(channels)


def waiting(row: Row, now: datetime, most: timedelta) -> Iterator[Finding]:
    if row.oldest_at and now - row.oldest_at > most:
        age = lasting(now - row.oldest_at)
        yield Finding("letters_waiting", f"{row.waiting} wait, the oldest for {age}.")


def failed(row: Row) -> Iterator[Finding]:
    if row.failed > MANY:
        yield Finding("letters_failing", f"{row.failed} within the last hour.")


def paused(channels: Iterable[Row]) -> Iterator[Finding]:
    """What a mail server said is kept without addresses and secrets."""
    said = [f"{row.name} failed {row.failures} times, {row.last_error}" for row in channels]
    if said:
        yield Finding("channel_paused", f"{several(said)}.")
