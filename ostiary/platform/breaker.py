"""A breaker: one failure makes the next calls fail at once, until a probe succeeds."""

import time
from collections.abc import Callable
from datetime import timedelta
from threading import Lock, Thread

import structlog

from ostiary.errors import Unavailable

log = structlog.get_logger()


class Breaker:
    """Opened by `trip`, closed by its own `probe`, which raises while the dependency is away."""

    def __init__(
        self,
        probe: Callable[[], object],
        *,
        name: str,
        interval: timedelta = timedelta(seconds=0.5),
    ) -> None:
        self.trips = 0
        self.is_open = False
        self._probe = probe
        self._name = name
        self._interval = interval
        self._lock = Lock()
        self._prober: Thread | None = None

    def check(self) -> None:
        """Raise `Unavailable` while open; costs one attribute while closed."""
        if self.is_open:
            self._ensure_probing()
            raise Unavailable(f"{self._name} is unavailable.")

    def trip(self, *, seen: int | None = None) -> None:
        """Open, unless the failure is of a time before trip number `seen` and thus old news."""
        with self._lock:
            if self.is_open or seen not in (None, self.trips):
                return
            self.is_open = True
            self.trips += 1
        log.warning("dependency_lost", dependency=self._name)
        self._ensure_probing()

    def close(self) -> None:
        """Let everything through again, and let the probing end."""
        with self._lock:
            self.is_open = False
            self._prober = None

    def _ensure_probing(self) -> None:
        """Start the probing thread, also in a child that was forked while the breaker was open."""
        with self._lock:
            if self.is_open and not (self._prober and self._prober.is_alive()):
                self._prober = Thread(
                    target=self._probe_until_back, name=f"{self._name}-probe", daemon=True
                )
                self._prober.start()

    def _probe_until_back(self) -> None:
        lost_at = time.monotonic()
        while not self._answers():
            time.sleep(self._interval.total_seconds())
            if not self.is_open:
                return
        self.close()
        log.info(
            "dependency_back",
            dependency=self._name,
            seconds_away=round(time.monotonic() - lost_at, 3),
        )

    def _answers(self) -> bool:
        try:
            self._probe()
        except Exception as error:  # noqa: BLE001
            log.debug("dependency_still_lost", dependency=self._name, error=str(error))
            return False
        return True
