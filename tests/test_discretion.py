"""A span tells neither query strings nor what an exception said, and probes leave none."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode, Tracer

from ostiary.platform.tracing.discretion import Discreet


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracer(exporter: InMemorySpanExporter) -> Iterator[Tracer]:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(Discreet(SimpleSpanProcessor(exporter)))
    yield provider.get_tracer("tests")
    provider.shutdown()


def only(exporter: InMemorySpanExporter) -> ReadableSpan:
    (span,) = exporter.get_finished_spans()
    return span


@pytest.mark.parametrize("name", ["http.url", "http.target", "url.full"])
def test_an_address_ends_at_its_query(
    tracer: Tracer, exporter: InMemorySpanExporter, name: str
) -> None:
    tracer.start_span("GET", attributes={name: "/unlock?token=secret", "http.route": "/?"}).end()
    assert dict(only(exporter).attributes or {}) == {name: "/unlock", "http.route": "/?"}


def test_a_query_is_left_out(tracer: Tracer, exporter: InMemorySpanExporter) -> None:
    tracer.start_span("GET", attributes={"url.query": "token=secret"}).end()
    assert not only(exporter).attributes


def test_an_exception_says_that_it_was_one(tracer: Tracer, exporter: InMemorySpanExporter) -> None:
    with suppress(LookupError), tracer.start_as_current_span("INSERT"):
        raise LookupError("ada@example.com exists")
    span = only(exporter)
    assert span.status.status_code is StatusCode.ERROR
    assert (span.status.description, [*span.events]) == (None, [])


def test_a_probe_leaves_no_span(tracer: Tracer, exporter: InMemorySpanExporter) -> None:
    tracer.start_span("SELECT", kind=SpanKind.CLIENT).end()
    assert exporter.get_finished_spans() == ()


def test_a_question_within_a_trace_does(tracer: Tracer, exporter: InMemorySpanExporter) -> None:
    with tracer.start_as_current_span("POST"):
        tracer.start_span("SELECT", kind=SpanKind.CLIENT).end()
    assert [span.name for span in exporter.get_finished_spans()] == ["SELECT", "POST"]
