"""Waiting for what another thread or process is about to do."""

import time
from collections.abc import Callable


def wait_until(holds: Callable[[], bool], *, seconds: float = 45) -> None:
    """Fails when that takes longer than a busy machine may need."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
