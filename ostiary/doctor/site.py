"""The site: what is looked at, and how each look reaches it without disturbing the others."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from ostiary.platform.clock import Clock, system_clock
from ostiary.platform.database import Database, open_database
from ostiary.platform.settings import Settings

PATIENCE = timedelta(seconds=2)


@dataclass(frozen=True)
class Site:
    """`now` is the time by which rows are written, `host` what this machine believes it is."""

    settings: Settings
    now: Clock
    host: Clock = system_clock

    @property
    def is_public(self) -> bool:
        return self.settings.app_env in ("staging", "production")

    @contextmanager
    def postgres(self) -> Iterator[Database]:
        """One for each look: a table that is locked holds up the look at that table alone."""
        database = open_database(self.settings.database_url, patience=PATIENCE)
        try:
            yield database
        finally:
            database.breaker.close()
            database.close()
