"""Heartbeats: the signs of life that processes leave for each other."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ostiary.platform.batch_delete import sweep
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database

INTERVAL = timedelta(seconds=3)
STALE_AFTER = timedelta(seconds=12)
FORGOTTEN_AFTER = timedelta(days=1)

BEAT = """
INSERT INTO heartbeat AS h (process, instance, since, seen_at)
VALUES (%(process)s, %(instance)s, %(now)s, %(now)s)
ON CONFLICT (process, instance) DO UPDATE SET seen_at = excluded.seen_at,
    since = CASE WHEN h.seen_at >= %(fresh_since)s THEN h.since ELSE excluded.since END
"""
# Beat tells in the same breath when it last asked for what.
BEAT_AND_RUNS = f"""
WITH runs AS (
    INSERT INTO beat_run AS r (entry, ran_at)
    SELECT * FROM unnest(%(entries)s::text[], %(ran_at)s::timestamptz[])
    ON CONFLICT (entry) DO UPDATE SET ran_at = greatest(r.ran_at, excluded.ran_at))
{BEAT}
"""
ALIVE = """
SELECT process, min(since) AS since FROM heartbeat WHERE seen_at >= %(fresh_since)s
GROUP BY process
"""
FORGET = """
DELETE FROM heartbeat WHERE (process, instance) IN (
    SELECT process, instance FROM heartbeat WHERE seen_at < %(before)s
    LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True)
class Heartbeats:
    database: Database
    now: Clock

    def beat(self, process: str, *, runs: Mapping[str, timedelta] | None = None) -> None:
        """To be left every three seconds; raises `Unavailable`.

        `runs` tells, of entries of the timetable, how long ago they were asked for.
        """
        now, runs = self.now(), runs or {}
        self.database.run(
            BEAT_AND_RUNS if runs else BEAT,
            process=process,
            instance=_instance(),
            now=now,
            fresh_since=now - STALE_AFTER,
            entries=[*runs],
            ran_at=[now - age for age in runs.values()],
        )

    def alive(self) -> set[str]:
        """The processes of which at least one was seen within twelve seconds."""
        return set(self._alive())

    def is_missing(self, process: str) -> bool:
        """Whether it is silent, and others have been heard for longer than silence counts.

        After an absence of Postgres everybody's last sign of life is old: nobody is missed yet.
        """
        alive, long_ago = self._alive(), self.now() - STALE_AFTER
        others_are_steady = any(since is not None and since <= long_ago for since in alive.values())
        return process not in alive and others_are_steady

    def prune(self) -> int:
        return sweep(self.database, FORGET, before=self.now() - FORGOTTEN_AFTER)

    def _alive(self) -> dict[str, datetime | None]:
        """Since when; None where an older release left the signs."""
        rows = self.database.fetch_all(ALIVE, fresh_since=self.now() - STALE_AFTER)
        return {row.process: row.since for row in rows}


def _instance() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"
