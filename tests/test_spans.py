"""OpenTelemetry goes on where the work comes from, and says so in headers and in the log."""

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import format_span_id, format_trace_id

from ostiary.platform.tracing.spans import Spans

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
ORIGIN = {"traceparent": f"00-{TRACE}-{PARENT}-01"}


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def spans(exporter: InMemorySpanExporter) -> Iterator[Spans]:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    spans = Spans(provider)
    yield spans
    spans.close()


def ended(exporter: InMemorySpanExporter, name: str) -> ReadableSpan:
    return next(span for span in exporter.get_finished_spans() if span.name == name)


def above(span: ReadableSpan) -> tuple[str, str] | None:
    """The ids of the trace and of the span above."""
    parent = span.parent
    return parent and (format_trace_id(parent.trace_id), format_span_id(parent.span_id))


def test_work_is_a_span_below_its_origin(spans: Spans, exporter: InMemorySpanExporter) -> None:
    with spans.resumed(ORIGIN, "keep"):
        pass
    assert above(ended(exporter, "keep")) == (TRACE, PARENT)


def test_work_is_below_the_task_of_the_same_trace(
    spans: Spans, exporter: InMemorySpanExporter
) -> None:
    with spans.resumed(ORIGIN, "run"), spans.resumed(ORIGIN, "keep"):
        pass
    run = ended(exporter, "run").get_span_context()
    assert run
    assert above(ended(exporter, "keep")) == (TRACE, format_span_id(run.span_id))


def test_work_is_linked_to_the_task_of_another_trace(
    spans: Spans, exporter: InMemorySpanExporter
) -> None:
    with spans.resumed({}, "relay"), spans.resumed(ORIGIN, "keep"):
        pass
    keep, relay = ended(exporter, "keep"), ended(exporter, "relay")
    assert above(keep) == (TRACE, PARENT)
    assert [link.context for link in keep.links] == [relay.get_span_context()]


def test_work_from_nowhere_begins_a_trace(spans: Spans, exporter: InMemorySpanExporter) -> None:
    with spans.resumed({}, "keep"):
        pass
    assert above(ended(exporter, "keep")) is None


def test_headers_and_log_name_the_span_that_runs(spans: Spans) -> None:
    with spans.resumed(ORIGIN, "keep"):
        span_id = spans.ids()["span_id"]
        assert span_id != PARENT
        assert spans.ids()["trace_id"] == TRACE
        assert spans.headers() == {"traceparent": f"00-{TRACE}-{span_id}-01"}


def test_nothing_is_named_where_nothing_runs(spans: Spans) -> None:
    assert (spans.headers(), spans.ids()) == ({}, {})


def test_an_origin_without_work_leaves_no_span(
    spans: Spans, exporter: InMemorySpanExporter
) -> None:
    with spans.resumed(ORIGIN, None):
        assert spans.headers() == ORIGIN
    assert exporter.get_finished_spans() == ()
