"""The bytes of an answer, from what an application says in WSGI's words (PEP 3333)."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Protocol

from gunicorn import SERVER
from gunicorn.http.errors import InvalidResponseHeader
from gunicorn.util import http_date

from ostiary.platform.clock import system_clock

Header = tuple[str, str]

LENGTH = "content-length"
BODILESS = ("1", "204", "304")


class Asked(Protocol):
    """What an answer depends on in the request."""

    @property
    def method(self) -> str: ...
    @property
    def version(self) -> tuple[int, int]: ...


class Reply:
    """Begins when the whole body is known, so that every answer says how long it is."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._status = ""
        self._headers: list[Header] = []
        self.written: list[bytes] = []

    def start(self, status: str, headers: list[Header], _: Any = None) -> Callable[[bytes], None]:
        """WSGI's `start_response`; the last word holds, for nothing has been sent before."""
        self._status, self._headers = status, headers
        return self.written.append

    def whole(self, body: bytes, *, goes_on: bool) -> bytes:
        """To HEAD the length is what the application says, otherwise what it is."""
        major, minor = self._asked.version
        is_bodiless = self._asked.method == "HEAD" or self._status.startswith(BODILESS)
        headers = self._headers if is_bodiless else _with_length(self._headers, len(body))
        head = [
            f"HTTP/{major}.{minor} {self._status}",
            f"Server: {SERVER}",
            f"Date: {_date(int(system_clock().timestamp()))}",
            f"Connection: {'keep-alive' if goes_on else 'close'}",
            *[f"{name}: {value}" for name, value in headers],
        ]
        if not "".join(head).isprintable():
            raise InvalidResponseHeader
        return "\r\n".join([*head, "", ""]).encode("latin-1") + (b"" if is_bodiless else body)


def _with_length(headers: list[Header], length: int) -> list[Header]:
    others = [header for header in headers if header[0].lower() != LENGTH]
    return [*others, (LENGTH, str(length))]


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    date: str = http_date(second)
    return date
