"""A caller's trace goes with the work it causes, by the rules of W3C Trace Context."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from structlog.contextvars import bound_contextvars, get_contextvars

from ostiary.platform import tracing
from ostiary.platform.tracing.telemetry import find_spans, is_asked_for
from ostiary.platform.tracing.trace_context import accept
from tests.app_client import Door
from tests.outbox_fixture import Courier

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
ORIGIN = {"request_id": "r-1", "traceparent": TRACEPARENT, "tracestate": "a=1"}
LONG = ",".join(f"k{number}={'v' * 40}" for number in range(12))

# Redis's client loads OpenTelemetry by itself, where it is installed.
LOADED = """
import os, sys, api.wsgi
ours = ("opentelemetry.instrumentation", "ostiary.platform.tracing.spans")
os.write(1, f"\\n{[name for name in sys.modules if name.startswith(ours)]}\\n".encode())
# An interpreter that ends the usual way aborts where a thread is just writing to the log.
os._exit(0)
"""
WITHOUT_THE_EXTRA = """
import sys
sys.modules["opentelemetry"] = None
from ostiary.platform.tracing.telemetry import find_spans
print(find_spans("web", {"OTEL_TRACES_EXPORTER": "otlp"}))
"""


class TestATraceparent:
    @pytest.mark.parametrize("flags", ["00", "01", "02", "ff"])
    def test_goes_on_as_it_came(self, flags: str) -> None:
        given = f"00-{TRACE}-00f067aa0ba902b7-{flags}"
        assert accept(given) == {"traceparent": given}

    @pytest.mark.parametrize("rest", ["", "-", "-what-the-future-will-be"])
    def test_of_a_later_version_goes_on_as_ours(self, rest: str) -> None:
        later = f"cc-{TRACE}-00f067aa0ba902b7-fd{rest}"
        assert accept(later) == {"traceparent": TRACEPARENT}

    @pytest.mark.parametrize(
        "given",
        [
            "",
            TRACEPARENT.upper(),
            f"ff{TRACEPARENT[2:]}",
            f"00-{'0' * 32}-00f067aa0ba902b7-01",
            f"00-{TRACE}-{'0' * 16}-01",
            f"00-{TRACE[1:]}-00f067aa0ba902b7-01",
            f"00-{TRACE}-00f067aa0ba902b7-1",
            f"0-{TRACE}-00f067aa0ba902b7-01",
            f"{TRACEPARENT}-01",
            f"{TRACEPARENT}\n",
            f"{TRACEPARENT},{TRACEPARENT}",
            f"cc{TRACEPARENT[2:]}.what-the-future-will-not-be",
            TRACEPARENT.replace("-", "_"),
            "00-" + TRACE.replace("4", "\u0664") + "-00f067aa0ba902b7-01",
        ],
    )
    def test_that_is_invalid_is_none(self, given: str) -> None:
        assert accept(given, "a=1") == {}


class TestATracestate:
    @pytest.mark.parametrize(
        ("given", "taken"),
        [
            ("a=1", "a=1"),
            ("a=1,b=2 3", "a=1,b=2 3"),
            (" a=1 ,\tb=2", "a=1,b=2"),
            ("a=1,,b=2,", "a=1,b=2"),
            ("t1@vendor=x", "t1@vendor=x"),
            (",".join(f"k{number}=v" for number in range(32)), ...),
        ],
    )
    def test_goes_along(self, given: str, taken: Any) -> None:
        assert accept(TRACEPARENT, given)["tracestate"] == (given if taken is ... else taken)

    @pytest.mark.parametrize(
        "given",
        [
            "",
            "a",
            "a=",
            "=1",
            "A=1",
            "a=1=2",
            "a=\u00e9",
            "a=1,a=2",
            "1=1",
            "a@b@c=1",
            f"{'k' * 257}=v",
            f"k={'v' * 257}",
            LONG,
            ",".join(f"k{number}=v" for number in range(33)),
        ],
    )
    def test_that_is_bad_stays_behind(self, given: str) -> None:
        assert accept(TRACEPARENT, given) == {"traceparent": TRACEPARENT}


class TestARequest:
    @pytest.fixture
    def origin_of(self, door: Door) -> Callable[..., Any]:
        """What is kept with the promise that a registration with these headers makes."""

        def register(**headers: str) -> Any:
            body = {"email": "ada@example.com", "password": "nine tidy umbrellas"}
            headers = {"X-Request-Id": "r-1", **headers}
            door.send("POST", "/v1/auth/register", headers=headers, json=body)
            row = door.services.database.fetch_one("SELECT origin FROM outbox")
            return row and row.origin

        return register

    def test_leaves_its_trace_with_the_promise(self, origin_of: Callable[..., Any]) -> None:
        assert origin_of(traceparent=TRACEPARENT, tracestate="a=1") == ORIGIN

    def test_without_a_trace_leaves_its_id(self, origin_of: Callable[..., Any]) -> None:
        assert origin_of() == {"request_id": "r-1"}

    def test_with_a_bad_one_is_answered_all_the_same(self, origin_of: Callable[..., Any]) -> None:
        assert origin_of(traceparent="00-nonsense", tracestate="a=1") == {"request_id": "r-1"}

    def test_does_not_leave_it_to_the_next(self, door: Door) -> None:
        door.send("GET", "/health", headers={"traceparent": TRACEPARENT})
        door.get("/health")
        assert tracing.origin() == {}


class TestAPromise:
    @pytest.fixture
    def kept_with(self, courier: Courier) -> list[dict[str, Any]]:
        """What was bound while a promise was kept, one after the other."""
        kept: list[dict[str, Any]] = []
        courier.errand = lambda _: kept.append(get_contextvars())
        with bound_contextvars(**ORIGIN, account_id="not this"):
            courier.promise()
        return kept

    def test_is_kept_in_the_trace_it_was_made_in(
        self, courier: Courier, kept_with: list[dict[str, Any]]
    ) -> None:
        courier.promises.keep(courier.nudges[0])
        assert (kept_with, get_contextvars()) == ([ORIGIN], {})

    def test_is_kept_in_it_by_a_watchdog_too(
        self, courier: Courier, kept_with: list[dict[str, Any]]
    ) -> None:
        courier.clock.advance(seconds=3)
        courier.promises.keep_next_overdue("mail")
        assert kept_with == [ORIGIN]

    def test_is_nudged_in_it_by_the_relay(
        self, courier: Courier, kept_with: list[dict[str, Any]]
    ) -> None:
        nudged: list[dict[str, str]] = []
        vars(courier.outbox)["nudge"] = lambda *_: nudged.append(tracing.origin())
        courier.outbox.nudge_due()
        assert nudged == [ORIGIN]

    def test_may_come_from_nowhere(self, courier: Courier) -> None:
        promise_id = courier.promise()
        courier.promises.keep(promise_id)
        assert (courier.row(promise_id).origin, courier.status(promise_id)) == (None, "sent")


class TestWithoutOpenTelemetry:
    def test_headers_leave_as_they_came(self) -> None:
        with bound_contextvars(**ORIGIN):
            assert tracing.outgoing_headers() == {"traceparent": TRACEPARENT, "tracestate": "a=1"}

    def test_nothing_leaves_where_nothing_came(self) -> None:
        assert tracing.outgoing_headers() == {}

    def test_none_of_it_is_loaded(self) -> None:
        environ = {
            "DATABASE_URL": "postgresql://u:p@127.0.0.1:1/none",
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "SECRET_KEYS": "a secret for tests that is long enough",
        }
        assert "[]" in _run(LOADED, **environ).splitlines()

    def test_a_process_starts_and_says_what_is_missing(self) -> None:
        said = _run(WITHOUT_THE_EXTRA)
        assert "tracing_unavailable" in said
        assert "ostiary[otel]" in said
        assert said.endswith("None\n")


class TestOpenTelemetry:
    @pytest.mark.parametrize(
        "environ",
        [
            {"OTEL_TRACES_EXPORTER": "otlp"},
            {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"},
            {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"},
        ],
    )
    def test_is_asked_for_by_its_own_variables(self, environ: dict[str, str]) -> None:
        assert is_asked_for(environ)

    @pytest.mark.parametrize(
        "environ",
        [
            {},
            {"OTEL_SERVICE_NAME": "ostiary"},
            {"OTEL_EXPORTER_OTLP_ENDPOINT": ""},
            {"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector"},
            {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "True"},
        ],
    )
    def test_is_not_asked_for_otherwise(self, environ: dict[str, str]) -> None:
        assert not is_asked_for(environ)

    @pytest.mark.parametrize(
        "environ",
        [
            {"OTEL_TRACES_EXPORTER": "console"},
            {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
            {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/json"},
        ],
    )
    def test_stays_off_when_asked_for_what_is_not_there(self, environ: dict[str, str]) -> None:
        assert find_spans("web", environ) is None


def _run(program: str, **environ: str) -> str:
    command = [sys.executable, "-c", program]
    return subprocess.run(
        command, env=environ, check=True, capture_output=True, text=True, timeout=60
    ).stdout
