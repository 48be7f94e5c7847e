"""Every line a process says: one JSON object on stdout, whoever said it."""

import logging
import sys
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

import orjson
import structlog
from structlog.tracebacks import ExceptionDictTransformer, safe_str
from structlog.typing import EventDict, WrappedLogger

from ostiary.platform.tracing import log_fields

OURS = "ostiary"
FORMAT = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS
LINE_BREAKERS = {code: f"\\u{code:04x}" for code in (*range(0x7F, 0xA0), 0x2028, 0x2029)}

_structured = ExceptionDictTransformer(show_locals=False, max_frames=20)


def configure_logs(process: str, level: str, *, stream: TextIO | None = None) -> None:
    """May be repeated: the last call holds.

    Others' loggers never go below `info`, where peewee would print values, digests among them.
    """
    threshold = logging.getLevelNamesMapping()[level.upper()]
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JsonLines(process))
    _take_over(handler)
    logging.root.setLevel(max(threshold, logging.INFO))
    logging.getLogger(OURS).setLevel(threshold)
    structlog.configure(
        processors=[_as_record],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=lambda *_: logging.getLogger(OURS),
        cache_logger_on_first_use=False,
    )
    sys.excepthook = _say_why_the_process_died
    threading.excepthook = _say_why_the_thread_died


class JsonLines(logging.Formatter):
    """The one form of a line; whatever it is given, it does not raise."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self.process = process

    def format(self, record: logging.LogRecord) -> str:
        fields = _fields(record)
        head = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "event": fields.pop("event", ""),
            "process": self.process,
        }
        line = _encode(head | log_fields() | fields | head).decode()
        return line if line.isascii() else line.translate(LINE_BREAKERS)


def _take_over(handler: logging.Handler) -> None:
    logging.captureWarnings(True)
    for name in [*logging.root.manager.loggerDict]:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    logging.root.handlers[:] = [handler]


def _as_record(_: WrappedLogger, __: str, event: EventDict) -> tuple[tuple[EventDict], Any]:
    return (event,), {"exc_info": event.pop("exc_info", None)}


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    if isinstance(record.msg, dict) and record.name == OURS:
        fields = dict(record.msg)
    else:
        fields = {"event": _message(record), "logger": record.name}
    if record.exc_info and record.exc_info[0]:
        fields["exception"] = _exception(record.exc_info)
    return fields


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001
        return f"{safe_str(record.msg)} {safe_str(record.args)}"


def _exception(caught: Any) -> object:
    try:
        return _structured(caught)
    except Exception:  # noqa: BLE001
        return safe_str(caught[1])


def _encode(fields: Mapping[str, object]) -> bytes:
    try:
        return orjson.dumps(fields, default=_plain, option=FORMAT)
    except TypeError:
        return orjson.dumps({_text(name): _fragment(value) for name, value in fields.items()})


def _fragment(value: object) -> object:
    try:
        return orjson.Fragment(orjson.dumps(value, default=_plain, option=FORMAT))
    except TypeError:
        return _text(value)


def _plain(value: object) -> str:
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else _text(value)


def _text(value: object) -> str:
    return safe_str(value).encode(errors="backslashreplace").decode()


def _say_why_the_process_died(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    structlog.get_logger().critical("process_died", exc_info=(kind, error, trace))


def _say_why_the_thread_died(args: threading.ExceptHookArgs) -> None:
    caught = (args.exc_type, args.exc_value, args.exc_traceback)
    structlog.get_logger().critical("thread_died", exc_info=caught)
