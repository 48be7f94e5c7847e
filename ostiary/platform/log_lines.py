"""The one form of a line of the log: a JSON object, whoever said it."""

import logging
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from structlog.tracebacks import ExceptionDictTransformer, safe_str
from structlog.typing import EventDict

from ostiary.platform.tracing import log_fields

FORMAT = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS
LINE_BREAKERS = {code: f"\\u{code:04x}" for code in (*range(0x7F, 0xA0), 0x2028, 0x2029)}

_structured = ExceptionDictTransformer(show_locals=False, max_frames=20)


class JsonLines(logging.Formatter):
    """The one form of a line; whatever it is given, it does not raise."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self.process = process

    def format(self, record: logging.LogRecord) -> str:
        """What others say through the standard library."""
        fields = {"event": _message(record), "logger": record.name}
        return self._line(record.levelname.lower(), record.created, fields, record.exc_info)

    def of_ours(self, _: object, level: str, event: EventDict) -> str:
        caught = _caught(event.pop("exc_info", None))
        return self._line(level, time.time(), event, caught)

    def _line(self, level: str, at: float, fields: EventDict, caught: Any) -> str:
        if caught and caught[0]:
            fields["exception"] = _exception(caught)
        head = {
            "time": datetime.fromtimestamp(at, UTC),
            "level": level,
            "event": fields.pop("event", ""),
            "process": self.process,
        }
        line = _encode({**head, **log_fields(), **fields, **head}).decode()
        return line if line.isascii() else line.translate(LINE_BREAKERS)


def _caught(exc_info: object) -> Any:
    """As `sys.exc_info` gives it, however it was said."""
    if isinstance(exc_info, BaseException):
        return type(exc_info), exc_info, exc_info.__traceback__
    return sys.exc_info() if exc_info is True else exc_info


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
