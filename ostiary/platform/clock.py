"""The time, as something that can be held still; Postgres' time where it decides anything."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ostiary.errors import Unavailable

Clock = Callable[[], datetime]

READ_AGAIN_AFTER_SECONDS = 60


def system_clock() -> datetime:
    return datetime.now(UTC)


class PostgresClock:
    """Postgres' time, carried on between two looks by this process's monotonic clock.

    While Postgres is away the last look counts on, and before the first one the machine's clock.
    """

    def __init__(self, look: Clock) -> None:
        self._look = look
        self._anchor: tuple[float, datetime] | None = None

    def __call__(self) -> datetime:
        anchor = self._anchor
        if anchor is None or time.monotonic() - anchor[0] > READ_AGAIN_AFTER_SECONDS:
            anchor = self._read(anchor)
        return anchor[1] + timedelta(0, time.monotonic() - anchor[0])

    def _read(self, last: tuple[float, datetime] | None) -> tuple[float, datetime]:
        try:
            told = self._look()
        except Unavailable:
            return last or (time.monotonic(), system_clock())
        self._anchor = (time.monotonic(), told.astimezone(UTC))
        return self._anchor
