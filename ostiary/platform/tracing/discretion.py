"""What spans may tell: as little as the log does, and nothing of probes."""

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.trace import SpanKind, Status

# A query string may hold the token of a letter's link.
_WITH_QUERY = ("http.url", "http.target", "url.full")
_QUERY = "url.query"


class Discreet(SpanProcessor):
    """Passes spans on without query strings, and without what exceptions say.

    A question to Postgres or Redis outside every trace is a probe's, and is dropped.
    """

    def __init__(self, then: SpanProcessor) -> None:
        self.then = then

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        self.then.on_start(span, parent_context)

    def on_end(self, span: ReadableSpan) -> None:
        if span.parent is not None or span.kind is not SpanKind.CLIENT:
            self.then.on_end(_without_secrets(span))

    def shutdown(self) -> None:
        self.then.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self.then.force_flush(timeout_millis)


def _without_secrets(span: ReadableSpan) -> ReadableSpan:
    told = dict(span.attributes or {})
    told.pop(_QUERY, None)
    for name in _WITH_QUERY:
        if name in told:
            told[name] = str(told[name]).partition("?")[0]
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=told,
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )
