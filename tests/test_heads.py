"""Whatever is read of a request at one glance, gunicorn's parser would read in the same way."""

from dataclasses import replace
from socket import socketpair
from typing import Any

import pytest
from gunicorn.config import Config
from hypothesis import given, settings
from hypothesis import strategies as st

from api.server.answering import Settled, answer
from api.server.arrival import Arrival
from api.server.connection import Connection
from api.server.heads import find_head

LINES = (
    b"GET /v1/auth/me HTTP/1.1\r\n",
    b"GET /health?a=b&c HTTP/1.1\r\n",
    b"POST /v1/auth/login HTTP/1.1\r\n",
)
FIELDS = (
    b"Host: localhost\r\n",
    b"content-length:  3 \r\n",
    b"Content-Type: application/json\r\n",
    b"Connection: close\r\n",
    b"Connection: Keep-Alive\r\n",
    b"X-Forwarded-For:9.9.9.9\r\n",
    b"Upgrade: h2c\r\n",
)
FLAWS = (
    *(bytes([each]) for each in b"\0\t\r\n #%/:?@[]_aZ9,;+-\x7f\x80\xff"),
    b"\r\n",
    b"//",
    b"%2e",
    b"Content-Length: 3\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Expect: 100-continue\r\n",
    b"SCRIPT_NAME: /x\r\n",
    b"A: b\r\n" * 60,
)
# What only gunicorn has a use for, and what differs each time.
APART = {"wsgi.input", "wsgi.errors", "wsgi.early_hints", "gunicorn.socket"}

Environ = dict[str, Any]

CFG = Settled(Config())


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """Ordinary ones, mostly with a flaw or two somewhere in the head."""
    fields = draw(st.lists(st.sampled_from(FIELDS), unique=True))
    head = draw(st.sampled_from(LINES)) + b"".join(fields) + b"\r\n"
    for flaw in draw(st.lists(st.sampled_from(FLAWS), max_size=2)):
        place = draw(st.integers(0, len(head)))
        head = head[:place] + flaw + head[place:]
    return head + b"abcGET / HTTP/1.1\r\n"


def understood(arrival: Arrival) -> tuple[Environ, bytes, bytes | None]:
    """What the application is told, the body, and what comes behind if another may follow."""
    told: list[tuple[Environ, bytes]] = []

    def app(environ: Environ, start: Any) -> list[bytes]:
        told.append((environ, environ["wsgi.input"].read()))
        start("204 No Content", [])
        return []

    here, there = socketpair()
    with here, there:
        conn = Connection(here, ("127.0.0.1", 5), ("127.0.0.1", 3000))
        conn.arrival = arrival
        answer(conn, app, CFG)
    ((environ, body),) = told
    same = {name: value for name, value in environ.items() if name not in APART}
    return same, body, bytes(conn.arrival.data) if conn.goes_on else None


def arrived(request: bytes) -> Arrival:
    arrival = Arrival()
    arrival.add(request)
    return arrival


@settings(max_examples=600, deadline=None, derandomize=True, database=None)
@given(requests())
def test_it_is_read_as_gunicorn_reads_it(request_: bytes) -> None:
    left_to_gunicorn = replace(arrived(request_), head=None)
    if arrived(request_).head:
        assert understood(arrived(request_)) == understood(left_to_gunicorn)


@pytest.mark.parametrize("line", LINES)
def test_an_ordinary_head_is_read(line: bytes) -> None:
    assert find_head(line + b"".join(FIELDS[:4]) + b"\r\n")


@pytest.mark.parametrize(
    "flawed",
    [
        b"TRACE / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET //health HTTP/1.1\r\n\r\n",
        b"GET /%68ealth HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n",
        b"GET / HTTP/1.1\r\nA_B: c\r\n\r\n",
        b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\nExpect: 100-continue\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 16385\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 51 + b"\r\n",
        b"GET / HTTP/1.1\r\nA: " + b"b" * 4000 + b"\r\n\r\n",
    ],
)
def test_any_other_is_left_to_gunicorn(flawed: bytes) -> None:
    assert find_head(flawed) is None
