"""Notices that wait for their target here, because Postgres could not take their promises."""

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

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


@dataclass
class Queue:
    """The notices of one target, in order; who sends or takes them holds the lock."""

    notices: deque[Notice] = field(default_factory=deque)
    lock: Lock = field(default_factory=Lock)
    failures: int = 0
    due_at: datetime | None = None


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
        """All of one target, until one of them fails."""
        queue = self._queues.get(target, Queue())
        with queue.lock:
            while queue.notices and (queue.due_at is None or queue.due_at <= self.now()):
                self._send_first(queue, target)

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
                queue.notices.clear()

    def _send_first(self, queue: Queue, target: str) -> None:
        try:
            self.sender.send(queue.notices[0], target)
        except HOPELESS as reason:
            log.warning("notice_given_up", target=target, reason=str(reason))
        except Exception as problem:  # noqa: BLE001
            queue.failures += 1
            queue.due_at = self.now() + min(LONGEST_WAIT, backoff(queue.failures))
            log.warning("notice_waits", target=target, reason=str(problem), until=queue.due_at)
            return
        queue.notices.popleft()
        queue.failures, queue.due_at = 0, None


@contextmanager
def _if_free(lock: Lock) -> Iterator[bool]:
    is_free = lock.acquire(blocking=False)
    try:
        yield is_free
    finally:
        if is_free:
            lock.release()
