"""OpenTelemetry's side of tracing; imported only where it was asked for."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.psycopg2 import Psycopg2Instrumentor
from opentelemetry.instrumentation.redis import RedisInstrumentor
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from ostiary.platform.tracing.discretion import Discreet

# Baggage would come along with the default ones, and may hold anything.
_W3C = TraceContextTextMapPropagator()


@dataclass(frozen=True)
class Spans:
    provider: TracerProvider

    def headers(self) -> dict[str, str]:
        carrier: dict[str, str] = {}
        _W3C.inject(carrier)
        return carrier

    def ids(self) -> dict[str, str]:
        here = trace.get_current_span().get_span_context()
        if not here.is_valid:
            return {}
        return {
            "trace_id": trace.format_trace_id(here.trace_id),
            "span_id": trace.format_span_id(here.span_id),
        }

    def rename(self, name: str) -> None:
        trace.get_current_span().update_name(name)

    @contextmanager
    def resumed(self, origin: Mapping[str, str], work: str | None) -> Iterator[None]:
        """Goes on below the span that runs already if it is of the same trace.

        Otherwise below the one that the origin names, with a link to the one that runs.
        """
        here = trace.get_current_span().get_span_context()
        theirs = _W3C.extract(origin)
        there = trace.get_current_span(theirs).get_span_context()
        is_elsewhere = there.is_valid and there.trace_id != here.trace_id
        links = [trace.Link(here)] if is_elsewhere and here.is_valid else []
        parent = theirs if is_elsewhere else context.get_current()
        token = context.attach(parent)
        try:
            if work is None:
                yield
            else:
                with self.provider.get_tracer("ostiary").start_as_current_span(work, links=links):
                    yield
        finally:
            context.detach(token)

    def close(self) -> None:
        self.provider.shutdown()


def open_spans(process: str) -> Spans:
    """To be called after a fork; what is still unsent leaves when the process ends."""
    provider = TracerProvider(
        resource=Resource({"service.name": f"ostiary-{process}"}).merge(
            OTELResourceDetector().detect()
        ),
    )
    provider.add_span_processor(Discreet(BatchSpanProcessor(OTLPSpanExporter())))
    trace.set_tracer_provider(provider)
    Psycopg2Instrumentor().instrument()
    RedisInstrumentor().instrument()
    return Spans(provider)
