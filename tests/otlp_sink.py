"""A collector of traces: takes what OpenTelemetry's exporter posts, and remembers the spans."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Recorded


@dataclass(frozen=True)
class Span:
    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    kind: str
    told: dict[str, str]
    """Its attributes, with its status and its events."""


@dataclass
class Collector:
    port: int = 0
    spans: list[Span] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def of(self, trace_id: str, service: str = "") -> list[Span]:
        spans = [*self.spans]
        return [each for each in spans if each.trace_id == trace_id and service in each.service]

    def line_of(self, span: Span) -> list[str]:
        """The names from the first span of its trace down to this one."""
        above = [each for each in [*self.spans] if each.span_id == span.parent_id]
        return [*(self.line_of(above[0]) if above else []), span.name]

    def take(self, body: bytes) -> None:
        for group in ExportTraceServiceRequest.FromString(body).resource_spans:
            named = {each.key: each.value.string_value for each in group.resource.attributes}
            for scope in group.scope_spans:
                self.spans += [_read(each, named["service.name"]) for each in scope.spans]


def _read(span: Recorded, service: str) -> Span:
    told = {each.key: each.value.string_value for each in span.attributes}
    return Span(
        service=service,
        name=span.name,
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        kind=Recorded.SpanKind.Name(span.kind),
        told=told | {"status": span.status.message, "events": str([*span.events])},
    )


@contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collector.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        collector.port = server.server_address[1]
        Thread(target=server.serve_forever, daemon=True).start()
        yield collector
        server.shutdown()
