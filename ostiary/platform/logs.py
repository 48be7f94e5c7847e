"""Where every line goes that a process says: to its stdout, whoever said it."""

import logging
import sys
import threading
from contextlib import nullcontext
from types import TracebackType
from typing import TextIO

import structlog

from ostiary.platform.log_lines import JsonLines


def configure_logs(process: str, level: str, *, stream: TextIO | None = None) -> None:
    """May be repeated: the last call holds.

    Others' loggers never go below `info`, where peewee would print values, digests among them.
    """
    threshold = logging.getLevelNamesMapping()[level.upper()]
    lines = JsonLines(process)
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(lines)
    straight = Straight(handler)
    _take_over(handler)
    logging.root.setLevel(max(threshold, logging.INFO))
    structlog.configure(
        processors=[lines.of_ours],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=lambda *_: straight,
        cache_logger_on_first_use=False,
    )
    sys.excepthook = _say_why_the_process_died
    threading.excepthook = _say_why_the_thread_died


class Straight:
    """Our own lines need none of the standard library's records, only its manners: never raise."""

    def __init__(self, handler: logging.StreamHandler[TextIO]) -> None:
        self._handler = handler

    def say(self, line: str) -> None:
        handler = self._handler
        try:
            with handler.lock or nullcontext():
                handler.stream.write(line + handler.terminator)
                handler.stream.flush()
        except Exception:  # noqa: BLE001
            handler.handleError(logging.makeLogRecord({"msg": line}))

    debug = info = warning = error = critical = say


def _take_over(handler: logging.Handler) -> None:
    logging.captureWarnings(True)
    for name in [*logging.root.manager.loggerDict]:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    logging.root.handlers[:] = [handler]


def _say_why_the_process_died(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    structlog.get_logger().critical("process_died", exc_info=(kind, error, trace))


def _say_why_the_thread_died(args: threading.ExceptHookArgs) -> None:
    caught = (args.exc_type, args.exc_value, args.exc_traceback)
    structlog.get_logger().critical("thread_died", exc_info=caught)
