"""One trace leads from the request through the outbox to the letter, whoever sends it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.otlp_sink import Collector, Span, collecting
from tests.processes.stage import PASSWORD, Stage, open_stage, temporary_home, wait_until

TASK = "tasks.mail.send_verification_email"
PARENT = "00f067aa0ba902b7"


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


@pytest.fixture(scope="module")
def stage(collector: Collector) -> Iterator[Stage]:
    """Every process traces, and sends what it has within a quarter of a second."""
    asked = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "250"}
    with temporary_home() as home, open_stage(home, **asked) as stage:
        stage.start("web", "worker", "beat", "watch")
        wait_until(stage.answers)
        wait_until(lambda: stage.get("/ready").json()["status"] == "ready")
        wait_until(lambda: [span for span in collector.spans if "worker" in span.service])
        yield stage


def register(stage: Stage, email: str, trace_id: str) -> requests.Response:
    return requests.post(
        f"{stage.url}/v1/auth/register",
        json={"email": email, "password": PASSWORD},
        headers={"traceparent": f"00-{trace_id}-{PARENT}-01", "X-Request-Id": f"for-{email[:3]}"},
        timeout=30,
    )


def wait_for_delivery(collector: Collector, trace_id: str, *, above: int) -> Span:
    """The span in which the letter was sent, once all those above it have come in, too."""

    def find() -> list[Span]:
        found = [span for span in collector.of(trace_id) if span.name == f"keep {TASK}"]
        return [span for span in found if len(collector.line_of(span)) > above]

    wait_until(find)
    return find()[0]


def said(stage: Stage, process: str, event: str, trace_id: str) -> list[dict[str, Any]]:
    """The lines of the log about this event that name the trace."""
    lines = [json.loads(line) for line in stage.log(process).read_text().splitlines()]
    return [line for line in lines if (line["event"], line.get("trace_id")) == (event, trace_id)]


def test_a_trace_leads_from_the_request_to_the_task(stage: Stage, collector: Collector) -> None:
    trace_id = "a" * 32
    register(stage, "ada@example.com", trace_id)
    kept = wait_for_delivery(collector, trace_id, above=2)
    assert kept.service == "ostiary-worker"
    assert collector.line_of(kept) == ["POST /v1/auth/register", f"run/{TASK}", f"keep {TASK}"]


def test_statements_are_part_of_it(stage: Stage, collector: Collector) -> None:
    trace_id = "a" * 32
    asked = {span.told.get("db.statement", "") for span in collector.of(trace_id)}
    assert any("INSERT INTO" in statement and "outbox" in statement for statement in asked)


def test_the_watchdog_goes_on_with_it(stage: Stage, collector: Collector) -> None:
    trace_id = "b" * 32
    stage.stop("worker")
    register(stage, "bob@example.com", trace_id)
    kept = wait_for_delivery(collector, trace_id, above=1)
    assert kept.service == "ostiary-watch"
    assert collector.line_of(kept) == ["POST /v1/auth/register", f"keep {TASK}"]
    stage.start("worker")


@pytest.mark.parametrize(
    ("process", "trace_id", "request_id"),
    [("worker", "a" * 32, "for-ada"), ("watch", "b" * 32, "for-bob")],
)
def test_the_log_of_a_delivery_names_it(
    stage: Stage, process: str, trace_id: str, request_id: str
) -> None:
    settled = said(stage, process, "promise_settled", trace_id)
    assert [(line["status"], line["request_id"]) for line in settled] == [("sent", request_id)]


def test_no_span_tells_a_secret(stage: Stage, collector: Collector) -> None:
    stage.get("/verify-email?token=not-for-the-collector")
    stage.register("ada@example.com")
    wait_until(lambda: [span for span in collector.spans if span.name == "GET /verify-email"])
    told = json.dumps([span.told for span in collector.spans])
    assert "not-for-the-collector" not in told
    assert "@example.com" not in told


def test_probes_and_heartbeats_leave_no_trace(stage: Stage, collector: Collector) -> None:
    alone = [span for span in collector.spans if not span.parent_id]
    assert "SPAN_KIND_CLIENT" not in {span.kind for span in alone}


@pytest.fixture(scope="module")
def plain() -> Iterator[Stage]:
    """Nobody has asked for OpenTelemetry."""
    with temporary_home() as home, open_stage(home) as stage:
        stage.start("web", "worker")
        wait_until(stage.answers)
        yield stage


def test_the_log_leads_from_the_request_to_the_task_by_itself(plain: Stage) -> None:
    trace_id = "c" * 32
    register(plain, "cyd@example.com", trace_id)
    wait_until(lambda: said(plain, "worker", "task", trace_id))
    assert said(plain, "web", "request", trace_id)
    assert said(plain, "worker", "promise_settled", trace_id)
