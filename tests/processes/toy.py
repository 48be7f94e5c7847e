"""A WSGI application as small as the tests of the server allow."""

import gc
import os
import time
from collections.abc import Callable, Iterable
from typing import Any

Start = Callable[[str, list[tuple[str, str]]], object]


def app(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    if path == "/slow":
        time.sleep(2)
    if path == "/moment":
        time.sleep(0.05)
    if path == "/broken":
        raise RuntimeError("broken")
    status, body = _answer(environ, path)
    start(status, [("Content-Length", str(len(body)))])
    return [body]


def _answer(environ: dict[str, Any], path: str) -> tuple[str, bytes]:
    if int(environ.get("CONTENT_LENGTH") or 0) > 16_384:
        return "413 Content Too Large", b"too large"
    if path == "/echo":
        return "200 OK", environ["wsgi.input"].read()
    if path == "/huge":
        return "200 OK", b"x" * 20_000_000
    if path == "/garbage":
        return "200 OK", b"collected" if gc.isenabled() else b"left"
    if path == "/scheme":
        return "200 OK", f"{environ['wsgi.url_scheme']} {environ['REMOTE_ADDR']}".encode()
    return "200 OK", str(os.getpid()).encode()
