"""Whatever is logged, by whomever, is one JSON object on one line that holds no secret."""

import io
import json
import logging
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import structlog

from ostiary.platform.log_lines import JsonLines
from ostiary.platform.logs import configure_logs

Lines = Callable[[], list[dict[str, Any]]]

log = structlog.get_logger()


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def lines(stream: io.StringIO) -> Iterator[Lines]:
    """The lines written since the logs were configured for `web` at `info`."""
    handlers, hooks = logging.root.handlers[:], (sys.excepthook, threading.excepthook)
    configure_logs("web", "info", stream=stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.root.handlers[:] = handlers
    sys.excepthook, threading.excepthook = hooks
    logging.captureWarnings(False)
    structlog.reset_defaults()


class Unprintable:
    def __str__(self) -> str:
        raise ValueError

    __repr__ = __str__


def search(password: str) -> None:
    raise LookupError("gone")


class TestALine:
    def test_says_when_how_bad_what_and_who(self, lines: Lines) -> None:
        log.info("lockout_started", account_id=UUID(int=1))
        line = lines()[0]
        assert list(line) == ["time", "level", "event", "process", "account_id"]
        assert (line["level"], line["event"], line["process"]) == ("info", "lockout_started", "web")

    def test_gives_the_time_as_rfc_3339_in_utc(self, lines: Lines) -> None:
        log.info("a")
        time = lines()[0]["time"]
        assert time.endswith("Z")
        assert abs((datetime.fromisoformat(time) - datetime.now(UTC)).total_seconds()) < 5

    def test_carries_what_was_bound_at_the_edge(self, lines: Lines) -> None:
        with structlog.contextvars.bound_contextvars(request_id="r-1"):
            log.info("a")
            logging.getLogger("peewee").warning("b")
        assert [line["request_id"] for line in lines()] == ["r-1", "r-1"]

    def test_names_the_trace_by_its_id(self, lines: Lines) -> None:
        traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        with structlog.contextvars.bound_contextvars(traceparent=traceparent, tracestate="a=1"):
            log.info("a")
        assert list(lines()[0]) == ["time", "level", "event", "process", "trace_id"]
        assert lines()[0]["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"

    def test_keeps_its_own_words_from_a_keyword_of_the_same_name(self, lines: Lines) -> None:
        log.info("a", process="me", level="none", time=0)
        assert (lines()[0]["process"], lines()[0]["level"]) == ("web", "info")

    def test_is_left_out_below_the_level(self, lines: Lines) -> None:
        log.debug("a")
        assert lines() == []


class TestAnyValue:
    @pytest.mark.parametrize(
        ("value", "written"),
        [
            (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
            (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00Z"),
            (b"\xff\n", "\\xff\n"),
            (2**80, str(2**80)),
            ("\ud800", "\\ud800"),
            (float("nan"), None),
            ({1: b"x"}, {"1": "x"}),
        ],
    )
    def test_is_written_somehow(self, lines: Lines, value: object, written: object) -> None:
        log.info("a", value=value, other=1)
        assert (lines()[0]["value"], lines()[0]["other"]) == (written, 1)

    def test_may_refuse_to_be_shown(self) -> None:
        line = JsonLines("web").of_ours(None, "info", {"event": "a", "value": Unprintable()})
        assert json.loads(line)["value"] == "<str-error ''>"

    def test_may_contain_itself(self, lines: Lines) -> None:
        endless: list[object] = []
        endless.append(endless)
        log.info("a", endless=endless)
        assert lines()[0]["event"] == "a"

    @pytest.mark.parametrize("breaker", ["\n", "\r\n", "\x00", "\x1b[2J", "\x85", "\x9b", "\u2028"])
    def test_never_breaks_the_line(self, lines: Lines, stream: io.StringIO, breaker: str) -> None:
        log.info("a", value=breaker)
        assert lines()[0]["value"] == breaker
        assert stream.getvalue()[:-1].isprintable()


class TestAnException:
    @pytest.fixture
    def exception(self, lines: Lines) -> Any:
        try:
            search(password="correct horse")
        except LookupError:
            log.exception("search_failed")
        return lines()[0]["exception"]

    def test_says_what_and_where(self, exception: Any) -> None:
        assert (exception[0]["exc_type"], exception[0]["exc_value"]) == ("LookupError", "gone")
        assert exception[0]["frames"][-1]["name"] == "search"

    def test_tells_no_local_variable(self, exception: Any) -> None:
        assert "correct horse" not in json.dumps(exception)

    def test_that_ends_a_thread_is_a_line_too(self, lines: Lines) -> None:
        thread = threading.Thread(target=int, args=("x",))
        thread.start()
        thread.join()
        assert (lines()[0]["event"], lines()[0]["level"]) == ("thread_died", "critical")


class TestOthers:
    @pytest.mark.parametrize("name", ["gunicorn.error", "celery.worker", "kombu", "peewee"])
    def test_speak_in_the_same_form(self, lines: Lines, name: str) -> None:
        logging.getLogger(name).warning("lost %s", "it")
        assert (lines()[0]["event"], lines()[0]["logger"]) == ("lost it", name)

    def test_may_have_had_handlers_of_their_own(self, stream: io.StringIO, lines: Lines) -> None:
        noisy = logging.getLogger("noisy")
        noisy.addHandler(logging.StreamHandler(stream))
        noisy.propagate = False
        configure_logs("web", "info", stream=stream)
        noisy.info("once")
        assert [line["event"] for line in lines()] == ["once"]

    def test_may_misformat(self) -> None:
        record = {"name": "kombu", "msg": "%s and %s", "args": ("one",)}
        line = JsonLines("web").format(logging.makeLogRecord(record))
        assert json.loads(line)["event"] == "%s and %s ('one',)"

    def test_warn_as_lines(self, lines: Lines) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            logging.captureWarnings(True)
            warnings.warn("old", DeprecationWarning, stacklevel=1)
        assert "old" in lines()[0]["event"]

    def test_never_show_the_values_of_their_queries(
        self, lines: Lines, stream: io.StringIO
    ) -> None:
        configure_logs("web", "debug", stream=stream)
        logging.getLogger("peewee").debug(("SELECT %s", ["a digest"]))
        log.debug("ours")
        assert [line["event"] for line in lines()] == ["ours"]


class TestConfiguring:
    def test_again_replaces_what_was_there(self, lines: Lines, stream: io.StringIO) -> None:
        configure_logs("worker", "warning", stream=stream)
        log.info("a")
        log.warning("b")
        assert [(line["event"], line["process"]) for line in lines()] == [("b", "worker")]

    def test_survives_a_fork(self, lines: Lines) -> None:
        child = os.fork()
        if child == 0:
            log.info("born")
            os._exit(0 if [line["event"] for line in lines()] == ["born"] else 1)
        assert os.waitpid(child, 0)[1] == 0

    def test_is_quick(self, lines: Lines) -> None:
        began = datetime.now(UTC)
        for _ in range(1000):
            log.info("request", method="GET", route="/health", status=200, seconds=0.01)
        assert len(lines()) == 1000
        assert (datetime.now(UTC) - began).total_seconds() < 1
