"""The load generator: one process, one event loop, connections that are kept alive."""

import re
import time
from collections import deque
from dataclasses import dataclass, field
from selectors import EVENT_READ, DefaultSelector
from socket import IPPROTO_TCP, TCP_NODELAY, create_connection, socket

from workshop.benchmarks.jobs import Outcome, Plan, Stopwatch
from workshop.benchmarks.requests import ASKS, Ask
from workshop.harness.ports import LOOPBACK

CHUNK = 65_536
# Answers that are still out when the time is up are waited for, and not for ever.
LAST_SECONDS = 10.0
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass
class Line:
    """A connection, and what has come of the answer it is waiting for."""

    number: int
    client: socket
    sent_at: float = 0.0
    received: bytes = b""


@dataclass
class Load:
    plan: Plan
    ask: Ask
    waits: list[float] = field(default_factory=list)
    failed: int = 0
    complaint: str = ""
    _pausing: deque[tuple[float, Line]] = field(default_factory=deque)
    _out: int = 0

    def run(self) -> Outcome:
        self._poll = DefaultSelector()
        for number in range(self.plan.connections):
            line = Line(number, _connect(self.plan.port))
            self._poll.register(line.client, EVENT_READ, line)
            self._pausing.append((0.0, line))
        watch = Stopwatch()
        self._until = watch.began + self.plan.seconds
        while self._go_on():
            continue
        outcome = watch.outcome(self.waits, failed=self.failed, complaint=self.complaint)
        for key in list(self._poll.get_map().values()):
            key.data.client.close()
        self._poll.close()
        return outcome

    def _go_on(self) -> bool:
        """False when every answer is there after the time is up."""
        now = time.perf_counter()
        while self._pausing and self._pausing[0][0] <= now:
            self._send(self._pausing.popleft()[1], b"")
        for key, _ in self._poll.select(self._patience(now)):
            self._receive(key.data)
        return self._out > 0 or now < self._until

    def _patience(self, now: float) -> float:
        if self._pausing:
            return max(0.0, self._pausing[0][0] - now)
        if now > self._until + LAST_SECONDS:
            raise TimeoutError(f"{self._out} answers did not come")
        return 1.0

    def _send(self, line: Line, answer: bytes) -> None:
        line.sent_at = time.perf_counter()
        if line.sent_at < self._until:
            line.client.sendall(self.ask(line.number, answer))
            self._out += 1

    def _receive(self, line: Line) -> None:
        chunk = line.client.recv(CHUNK)
        if not chunk:
            raise ConnectionError(f"hung up after {line.received!r}")
        line.received += chunk
        head, ended, body = line.received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if ended and length and len(body) >= int(length[1]):
            line.received = b""
            self._note(line, head, body)

    def _note(self, line: Line, head: bytes, body: bytes) -> None:
        now = time.perf_counter()
        self._out -= 1
        fine = int(head[9:12]) == self.plan.wanted
        if fine:
            self.waits.append(now - line.sent_at)
        else:
            self.failed += 1
            self.complaint = self.complaint or f"{head[9:12]!r} {body!r}"
        if self.plan.pause:
            self._pausing.append((now + self.plan.pause, line))
        else:
            self._send(line, body if fine else b"")


def press(plan: Plan) -> Outcome:
    """A `Job`: as many requests as get answered, each connection one after the other."""
    return Load(plan, ASKS[plan.asks](plan)).run()


def _connect(port: int) -> socket:
    client = create_connection((LOOPBACK, port), timeout=LAST_SECONDS)
    client.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    return client
