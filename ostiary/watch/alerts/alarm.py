"""An alarm: rings when something has lasted, and falls silent when its absence has."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass
class Alarm:
    """What comes and goes counts as lasting, from its first coming until a calm."""

    delay: timedelta
    calm: timedelta
    _bad_since: datetime | None = None
    _good_since: datetime | None = None

    def feel(self, sign: bool | None, now: datetime) -> bool | None:  # noqa: FBT001
        """True to ring, False to fall silent, None to leave everything as it is.

        A sign of None is unknown, and nothing lasts beyond that.
        """
        if sign is None:
            self._bad_since = self._good_since = None
            return None
        return self._feel_bad(now) if sign else self._feel_good(now)

    def _feel_bad(self, now: datetime) -> bool | None:
        self._good_since = None
        self._bad_since = self._bad_since or now
        return True if now - self._bad_since >= self.delay else None

    def _feel_good(self, now: datetime) -> bool | None:
        self._good_since = self._good_since or now
        if now - self._good_since < self.calm:
            return None
        self._bad_since = None
        return False
