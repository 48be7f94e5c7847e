"""Back-off: how long to wait after a failure, never the same for two who failed together."""

from datetime import timedelta

from ostiary.platform.identifiers import jitter

LONGEST_WAIT = timedelta(minutes=5)


def backoff(attempts: int) -> timedelta:
    """1, 2, 4, … seconds up to five minutes, less a quarter at random."""
    return min(timedelta(seconds=2.0 ** min(attempts - 1, 10)), LONGEST_WAIT) * jitter()
