"""Refused scrapes, counted here and noted in Postgres once a second for whoever judges them."""

import time
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock, Thread

from ostiary.errors import Unavailable
from ostiary.platform.batch_delete import sweep
from ostiary.platform.clock import Clock
from ostiary.platform.database import Database
from ostiary.platform.identifiers import new_id

NOTED_EVERY = timedelta(seconds=1)
REMEMBERED = timedelta(days=7)

NOTE = "INSERT INTO denial (id, at, scrapes) VALUES (%(id)s, %(now)s, %(scrapes)s)"
FORGET = """
DELETE FROM denial WHERE id IN (
    SELECT id FROM denial WHERE at < %(before)s ORDER BY at LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED)
"""


@dataclass
class Denials:
    """A storm of them costs one row a second, and a quiet process not even a thread."""

    database: Database
    now: Clock
    _scrapes: int = 0
    _thread: Thread | None = None
    _lock: Lock = field(default_factory=Lock)

    def add(self) -> None:
        """Never waits for Postgres."""
        with self._lock:
            self._scrapes += 1
            if self._thread is None:
                self._thread = Thread(target=self._note_all, name="denials", daemon=True)
                self._thread.start()

    def prune(self) -> int:
        return sweep(self.database, FORGET, before=self.now() - REMEMBERED)

    def _note_all(self) -> None:
        while scrapes := self._taken():
            try:
                self.database.run(NOTE, id=new_id(), now=self.now(), scrapes=scrapes)
            except Unavailable:
                self._give_back(scrapes)
            time.sleep(NOTED_EVERY.total_seconds())
        self.database.close()

    def _taken(self) -> int:
        """Nothing ends the thread, so both are decided under one lock."""
        with self._lock:
            scrapes, self._scrapes = self._scrapes, 0
            if not scrapes:
                self._thread = None
            return scrapes

    def _give_back(self, scrapes: int) -> None:
        with self._lock:
            self._scrapes += scrapes
