"""Padding: what must not tell by its time what was found ends with a whole slice of it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

# Several times what is done within it, and no more than anybody waits for gladly.
SLICE_SECONDS = 0.01


@contextmanager
def padded() -> Iterator[None]:
    """However the block ends, a refusal included, it takes as few whole slices as it can."""
    began = time.monotonic()
    try:
        yield
    finally:
        time.sleep((began - time.monotonic()) % SLICE_SECONDS)
