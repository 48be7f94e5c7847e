"""Hashing that has no thread left, and nobody who waits for one."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

from ostiary.platform.hashing import Hashing


@contextmanager
def saturated(hashing: Hashing) -> Iterator[None]:
    done, patience = Event(), hashing.patience
    for _ in range(hashing.threads._max_workers):
        hashing.threads.submit(done.wait, 30)
    object.__setattr__(hashing, "patience", patience * 0)
    try:
        yield
    finally:
        object.__setattr__(hashing, "patience", patience)
        done.set()
