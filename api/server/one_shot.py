"""Waiting for many file descriptors in many threads: each is told of once, to one of them."""

import select
import sys
from contextlib import suppress
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from threading import Lock
from typing import Protocol


class OneShot(Protocol):
    """After it was told of, a descriptor is silent until it is armed again. A closed one is gone,
    and may be armed in vain.
    """

    def fileno(self) -> int:
        """Readable while there is somebody to be told of."""

    def add(self, fd: int) -> None:
        """Armed for reading."""

    def arm(self, fd: int, on: int) -> None:
        """For EVENT_READ or EVENT_WRITE."""

    def discard(self, fd: int) -> None:
        """Before it is closed."""

    def wait(self, seconds: float | None) -> int | None:
        """For ever, or for so many seconds; None when nobody was heard."""


class InTurn:
    """By whatever the system has: the threads listen one at a time."""

    def __init__(self) -> None:
        self._selector = DefaultSelector()
        self._turn = Lock()

    def fileno(self) -> int:
        return self._selector.fileno()

    def add(self, fd: int) -> None:
        self._selector.register(fd, EVENT_READ)

    def arm(self, fd: int, on: int) -> None:
        with suppress(KeyError, ValueError, OSError):
            self._selector.register(fd, on)

    def discard(self, fd: int) -> None:
        with suppress(KeyError, ValueError):
            self._selector.unregister(fd)

    def wait(self, seconds: float | None) -> int | None:
        if not self._turn.acquire(timeout=-1 if seconds is None else seconds):
            return None
        try:
            for key, _ in self._selector.select(seconds):
                self.discard(key.fd)
                return key.fd
            return None
        finally:
            self._turn.release()


if sys.platform == "linux":

    class Epoll:
        """The system wakes a single thread, and whoever is awake already finds the next."""

        def __init__(self) -> None:
            self._epoll = select.epoll()
            self._masks = {
                EVENT_READ: select.EPOLLIN | select.EPOLLONESHOT,
                EVENT_WRITE: select.EPOLLOUT | select.EPOLLONESHOT,
            }

        def fileno(self) -> int:
            return self._epoll.fileno()

        def add(self, fd: int) -> None:
            self._epoll.register(fd, self._masks[EVENT_READ])

        def arm(self, fd: int, on: int) -> None:
            with suppress(ValueError, OSError):
                self._epoll.modify(fd, self._masks[on])

        def discard(self, fd: int) -> None:
            """The system does so by itself."""

        def wait(self, seconds: float | None) -> int | None:
            for fd, _ in self._epoll.poll(seconds, 1):
                return fd
            return None


def open_one_shot() -> OneShot:
    return Epoll() if sys.platform == "linux" else InTurn()
