"""Channels: while what they lead to is away, everything that goes out by them waits together."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.identifiers import jitter

log = structlog.get_logger()

# How long the watchdog leaves what goes out by each to the workers.
CHANNELS: Final = {
    "mail": timedelta(seconds=3),
    "alerts.email": timedelta(),
    "alerts.webhook": timedelta(),
}
LONGEST_PAUSE = timedelta(seconds=60)
# How long one message that is refused may wait, where that is not as long as any.
LONGEST_WAITS: Final = {"alerts.webhook": LONGEST_PAUSE}

# Only the first failure after a pause counts: those under way at the same time say nothing new.
PAUSE = """
INSERT INTO channel AS c (name, failures, last_error, paused_until)
VALUES (%(name)s, 1, %(reason)s, %(now)s + interval '1 second' * %(jitter)s)
ON CONFLICT (name) DO UPDATE SET failures = c.failures + 1, last_error = excluded.last_error,
    paused_until = %(now)s + %(jitter)s
        * least(%(longest)s, interval '1 second' * 2 ^ least(c.failures, 10))
WHERE c.paused_until <= %(now)s
RETURNING failures, paused_until
"""
RESUME = "DELETE FROM channel WHERE name = %(name)s RETURNING failures"


@dataclass(frozen=True)
class Channels:
    database: Database
    now: Clock

    def pause(self, name: str, reason: str) -> None:
        """For 1, 2, 4, … up to 60 seconds, less a quarter at random."""
        paused = self.database.fetch_one(
            PAUSE, name=name, reason=reason, now=self.now(), longest=LONGEST_PAUSE, jitter=jitter()
        )
        if paused is not None:
            log.warning("channel_paused", channel=name, reason=reason, until=paused.paused_until)

    def resume(self, name: str) -> None:
        if self.database.fetch_one(RESUME, name=name) is not None:
            log.info("channel_resumed", channel=name)
