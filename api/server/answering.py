"""From the bytes of a whole request to those of its answer."""

import os
from functools import cached_property
from io import BytesIO
from typing import Any

from gunicorn.config import Config
from gunicorn.http.errors import NoMoreData
from gunicorn.http.wsgi import base_environ, create

from api.server.arrival import Arrival
from api.server.connection import Connection
from api.server.heads import Head
from api.server.messages import Parser
from api.server.refusals import refusal, status_of
from api.server.replies import Asked, Reply

Environ = dict[str, Any]


class Settled:
    """Gunicorn's settings, each looked up once: asking for one costs it two calls, every time."""

    def __init__(self, cfg: Config) -> None:
        self._cfg = cfg

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._cfg, name)
        setattr(self, name, value)
        return value

    @cached_property
    def environ(self) -> Environ:
        """What is the same in the environment of every request."""
        return {
            **base_environ(self._cfg),
            "wsgi.multithread": True,
            "wsgi.url_scheme": "http",
            "SCRIPT_NAME": "",
            "SERVER_PROTOCOL": "HTTP/1.1",
        }

    @cached_property
    def is_at_root(self) -> bool:
        return not os.environ.get("SCRIPT_NAME")


def answer(conn: Connection, app: Any, cfg: Settled) -> None:
    """Says the answer, and begins the next arrival with what came behind the request."""
    try:
        conn.goes_on = _answer(conn, app, cfg) and conn.goes_on
    except (StopIteration, NoMoreData):
        conn.goes_on = False
    except (Exception, SystemExit) as error:  # noqa: BLE001
        conn.take_back()
        conn.sendall(refusal(status_of(error), error))
        conn.goes_on = False


def _answer(conn: Connection, app: Any, cfg: Settled) -> bool:
    head = conn.arrival.head
    if head is None or not cfg.is_at_root or not isinstance(conn.server, tuple):
        return _answer_unusual(conn, app, cfg)
    goes_on = conn.goes_on and not head.should_close()
    environ = _environ(head, conn, cfg)
    _respond(conn, head, app, environ, goes_on=goes_on)
    rest, conn.arrival = conn.arrival.rest, Arrival()
    if rest:
        conn.arrival.add(rest)
    return goes_on


def _environ(head: Head, conn: Connection, cfg: Settled) -> Environ:
    """As gunicorn makes it."""
    return {
        **cfg.environ,
        **head.fields,
        "wsgi.input": BytesIO(conn.arrival.body),
        "REQUEST_METHOD": head.method,
        "RAW_URI": head.target,
        "PATH_INFO": head.path,
        "QUERY_STRING": head.query,
        "REMOTE_ADDR": conn.client[0],
        "REMOTE_PORT": str(conn.client[1]),
        "SERVER_NAME": conn.server[0],
        "SERVER_PORT": str(conn.server[1]),
    }


def _answer_unusual(conn: Connection, app: Any, cfg: Settled) -> bool:
    """The parser gets bytes instead of the socket: it cannot wait for more of them."""
    parser = Parser(cfg, [bytes(conn.arrival.data)], conn.client)
    request = next(parser)
    request._expected_100_continue = False  # noqa: SLF001
    is_read = conn.arrival.awaited(getattr(request.body.reader, "length", None))
    goes_on = conn.goes_on and is_read and not request.should_close()
    _, environ = create(request, conn, conn.client, conn.server, cfg)
    _respond(conn, request, app, environ | {"wsgi.multithread": True}, goes_on=goes_on)
    if not goes_on:
        return False
    was_read = bool(parser.finish_body())
    conn.arrival = Arrival()
    conn.arrival.add(parser.unreader.take_buffered())
    return was_read


def _respond(conn: Connection, asked: Asked, app: Any, environ: Environ, *, goes_on: bool) -> None:
    reply = Reply(asked)
    chunks = app(environ, reply.start)
    try:
        body = b"".join([*reply.written, *chunks])
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    conn.sendall(reply.whole(body, goes_on=goes_on))
