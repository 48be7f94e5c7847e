"""The trace that work belongs to, from the request to whoever keeps what was promised in it."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from structlog.contextvars import bind_contextvars, bound_contextvars, get_contextvars

from ostiary.platform.tracing.telemetry import find_spans
from ostiary.platform.tracing.trace_context import accept, trace_id_of

if TYPE_CHECKING:
    from ostiary.platform.tracing.spans import Spans

HEADERS = ("traceparent", "tracestate")
CARRIED = ("request_id", *HEADERS)

_spans: "Spans | None" = None


def start(process: str) -> bool:
    """Whether OpenTelemetry traces this process; to be called after a fork, and may be repeated."""
    global _spans
    _spans = _spans or find_spans(process, os.environ)
    return _spans is not None


def stop() -> None:
    """Sends what was not sent yet."""
    global _spans
    stopped, _spans = _spans, None
    if stopped is not None:
        stopped.close()


def join(traceparent: str, tracestate: str | None = None) -> None:
    """Binds the trace of whoever asks, if they name one; OpenTelemetry sees to it by itself."""
    if _spans is None:
        bind_contextvars(**accept(traceparent, tracestate or ""))


def outgoing_headers() -> dict[str, str]:
    """For a request of ours to another service: `traceparent` and `tracestate`, or nothing.

    Without OpenTelemetry they leave as they came: a new parent-id would name a span that nobody
    recorded, and cut the trace in two. With it they name the current span.
    """
    return _spans.headers() if _spans else _bound(HEADERS)


def origin() -> dict[str, str]:
    """What is kept with a promise and sent along with a nudge: the request's id and its trace."""
    return _bound(CARRIED) | outgoing_headers()


@contextmanager
def resumed(origin: Mapping[str, str] | None, *, work: str | None = None) -> Iterator[None]:
    """Goes on where `origin` was taken; `work` names the span that OpenTelemetry records."""
    origin = origin or {}
    with bound_contextvars(**origin):
        if _spans is None:
            yield
        else:
            with _spans.resumed(origin, work):
                yield


def name_route(method: str, route: str | None) -> None:
    """What a request is called where spans are recorded."""
    if _spans and route:
        _spans.rename(f"{method} {route}")


def log_fields() -> dict[str, Any]:
    """What is bound, as a line of the log says it: an id instead of headers."""
    bound = get_contextvars()
    bound.pop("tracestate", None)
    if traceparent := bound.pop("traceparent", None):
        bound["trace_id"] = trace_id_of(traceparent)
    return bound | _spans.ids() if _spans else bound


def _bound(names: tuple[str, ...]) -> dict[str, str]:
    bound = get_contextvars()
    return {name: bound[name] for name in names if name in bound}
