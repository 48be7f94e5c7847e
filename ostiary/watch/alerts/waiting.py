"""Notices that wait for their target here, because Postgres could not take their promises."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import NamedTuple
from uuid import UUID

import structlog

from ostiary.courier.backoff import backoff
from ostiary.courier.promises import NotWanted
from ostiary.courier.smtp import LetterRefused
from ostiary.platform.clock import Clock
from ostiary.watch.alerts.alert import Notice
from ostiary.watch.alerts.sender import Sender

log = structlog.get_logger()

LONGEST_WAIT = timedelta(seconds=30)
HOPELESS = (NotWanted, LetterRefused)


class Pause(NamedTuple):
    failures: int
    until: datetime


@dataclass
class Queue:
    """The notices of one target, in order; who sends or takes them holds the lock."""

    notices: list[Notice] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)
    _pauses: dict[UUID, Pause] = field(default_factory=dict)

    def find_due(self, now: datetime) -> Notice | None:
        """The first of an alert that does not pause: the others of that alert wait with theirs."""
        firsts = {notice.alert.id: notice for notice in reversed([*self.notices])}
        due = [first for first in firsts.values() if not self._pauses_at(now, first)]
        return min(due, key=self.notices.index, default=None)

    def done(self, notice: Notice) -> None:
        self.notices.remove(notice)
        self._pauses.pop(notice.alert.id, None)

    def postpone(self, notice: Notice, now: datetime) -> datetime:
        before = self._pauses.get(notice.alert.id)
        failures = before.failures + 1 if before else 1
        until = now + min(LONGEST_WAIT, backoff(failures))
        self._pauses[notice.alert.id] = Pause(failures, until)
        return until

    def clear(self) -> None:
        self.notices.clear()
        self._pauses.clear()

    def _pauses_at(self, now: datetime, notice: Notice) -> bool:
        pause = self._pauses.get(notice.alert.id)
        return pause is not None and now < pause.until


@dataclass(frozen=True)
class Waiting:
    sender: Sender
    now: Clock
    _queues: dict[str, Queue] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not any(queue.notices for queue in self._queues.values())

    def add(self, notice: Notice, targets: Iterable[str]) -> None:
        for target in targets:
            self._queues.setdefault(target, Queue()).notices.append(notice)

    def send_due(self, target: str) -> None:
        """All of one target, but for what follows in an alert of which one fails."""
        queue = self._queues.get(target, Queue())
        with queue.lock:
            while notice := queue.find_due(self.now()):
                self._send(notice, queue, target)

    @contextmanager
    def handed_over(self) -> Iterator[list[tuple[Notice, str]]]:
        """Whoever takes them has them at the end of the block; one on its way right now stays."""
        with ExitStack() as held:
            free = {
                target: queue
                for target, queue in self._queues.items()
                if held.enter_context(_if_free(queue.lock))
            }
            yield [(notice, target) for target, queue in free.items() for notice in queue.notices]
            for queue in free.values():
                queue.clear()

    def _send(self, notice: Notice, queue: Queue, target: str) -> None:
        try:
            self.sender.send(notice, target)
        except HOPELESS as reason:
            log.warning("notice_given_up", target=target, reason=str(reason))
        except Exception as problem:  # noqa: BLE001
            until = queue.postpone(notice, self.now())
            log.warning("notice_waits", target=target, reason=str(problem), until=until)
            return
        queue.done(notice)


@contextmanager
def _if_free(lock: Lock) -> Iterator[bool]:
    is_free = lock.acquire(blocking=False)
    try:
        yield is_free
    finally:
        if is_free:
            lock.release()
