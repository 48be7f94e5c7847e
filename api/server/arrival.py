"""What has arrived of a request so far, as far as waiting for more needs to know."""

import re
from dataclasses import dataclass, field

from api.http.bodies import MAX_BYTES
from api.server.heads import Head, find_head

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
HEAD_LIMIT = 32_768
EMPTY_LINE = b"\r\n"

# A bare LF ends a head as well: it can never become a good one (RFC 9112, 2.2). What is looked for
# begins with the LF, so that everything in between is skipped.
_HEAD_END = re.compile(rb"\n(?:(?<=\r\n\r\n)|(?<!\r\n))")
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,9})[ \t]*\r\n", re.IGNORECASE)
_CONTINUE = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)


@dataclass
class Arrival:
    """Decides when to begin. What a request means that has no ordinary `head`, gunicorn decides."""

    data: bytearray = field(default_factory=bytearray)
    head: Head | None = None
    body_length: int = 0
    asks_to_continue: bool = False
    _body_starts: int = 0

    def add(self, chunk: bytes) -> None:
        """An empty line before a request is none (RFC 9112, 2.2)."""
        searched = max(0, len(self.data) - 3)
        self.data += chunk
        while self.data.startswith(EMPTY_LINE):
            del self.data[: len(EMPTY_LINE)]
        if not self._body_starts and (end := _HEAD_END.search(self.data, searched)):
            self._read_head(end.end())

    @property
    def is_too_long(self) -> bool:
        """Nobody will read such a body, so nobody waits for it."""
        return self.body_length > MAX_BYTES

    def awaited(self, length: int | None) -> bool:
        """Whether a body of the length that gunicorn found was waited for."""
        return length == self.body_length and not self.is_too_long

    @property
    def is_whole(self) -> bool:
        awaited = 0 if self.is_too_long else self.body_length
        return self._body_starts > 0 and len(self.data) >= self._body_starts + awaited

    @property
    def is_oversized(self) -> bool:
        return not self._body_starts and len(self.data) > HEAD_LIMIT

    @property
    def body(self) -> bytes:
        return bytes(self.data[self._body_starts : self._body_starts + self.body_length])

    @property
    def rest(self) -> bytes:
        """What came behind the request."""
        return bytes(self.data[self._body_starts + self.body_length :])

    def _read_head(self, end: int) -> None:
        self._body_starts = end
        head = bytes(self.data[:end])
        self.head = find_head(head)
        if self.head:
            self.body_length = self.head.body_length
        else:
            self._glance_at(head)

    def _glance_at(self, head: bytes) -> None:
        length = _LENGTH.search(head)
        self.body_length = int(length[1]) if length else 0
        asks = _CONTINUE.search(head)
        self.asks_to_continue = asks is not None and b" HTTP/1.1\r\n" in head[: asks.start() + 2]
