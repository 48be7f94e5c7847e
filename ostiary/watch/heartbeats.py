"""Heartbeats: the signs of life that processes leave for each other."""

import os
import socket
from dataclasses import dataclass
from datetime import timedelta

from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.sweeping import sweep

INTERVAL = timedelta(seconds=5)
STALE_AFTER = timedelta(seconds=30)
FORGOTTEN_AFTER = timedelta(days=1)

BEAT = """
INSERT INTO heartbeat (process, instance, seen_at) VALUES (%(process)s, %(instance)s, %(now)s)
ON CONFLICT (process, instance) DO UPDATE SET seen_at = excluded.seen_at
"""
LEAVE = "DELETE FROM heartbeat WHERE process = %(process)s AND instance = %(instance)s"
LAST_SEEN = "SELECT process, max(seen_at) AS seen_at FROM heartbeat GROUP BY process"
FORGET = """
DELETE FROM heartbeat WHERE (process, instance) IN (
    SELECT process, instance FROM heartbeat WHERE seen_at < %(before)s
    LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True)
class Heartbeats:
    database: Database
    now: Clock

    def beat(self, process: str) -> None:
        """To be left every five seconds; raises `Unavailable`."""
        self.database.run(BEAT, process=process, instance=_instance(), now=self.now())

    def leave(self, process: str) -> None:
        """Whoever stops in order is missed at once; raises `Unavailable`."""
        self.database.run(LEAVE, process=process, instance=_instance())

    def alive(self) -> set[str]:
        """The processes of which at least one was seen within half a minute."""
        since = self.now() - STALE_AFTER
        return {row.process for row in self.database.fetch_all(LAST_SEEN) if row.seen_at >= since}

    def prune(self) -> int:
        return sweep(self.database, FORGET, before=self.now() - FORGOTTEN_AFTER)


def _instance() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"
