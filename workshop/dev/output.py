"""Lines of many processes on one screen: each with its name, JSON made readable."""

import json
import sys
from itertools import cycle
from threading import Lock
from typing import Any, TextIO

COLOURS = (36, 33, 32, 35, 34, 96, 93, 92)
LEVEL_COLOURS = {"warning": 33, "error": 31, "critical": 31}
SHOWN_APART = ("time", "level", "event", "process")


class Screen:
    """Written to from many threads, a line at a time."""

    def __init__(self, *, stream: TextIO = sys.stdout, colours: bool = False) -> None:
        self._stream = stream
        self._colours = colours
        self._lock = Lock()
        self._wheel = cycle(COLOURS)
        self._chosen: dict[str, int] = {}

    def show(self, name: str, line: str) -> None:
        with self._lock:
            colour = self._chosen.setdefault(name, next(self._wheel))
            prefix = self._paint(f"{name:<8}|", colour)
            print(prefix, self._readable(line), file=self._stream, flush=True)

    def print(self, text: str) -> None:
        with self._lock:
            print(text, file=self._stream, flush=True)

    def _readable(self, line: str) -> str:
        try:
            facts = json.loads(line)
        except ValueError:
            return line
        if not isinstance(facts, dict) or "event" not in facts:
            return line
        level = str(facts.get("level", "info"))
        head = f"{_clock_time(facts)} {level:<7} {facts['event']}"
        return " ".join([self._paint(head, LEVEL_COLOURS.get(level)), *_details(facts)])

    def _paint(self, text: str, colour: int | None) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._colours and colour else text


def _clock_time(facts: dict[str, Any]) -> str:
    return str(facts.get("time", ""))[11:19]


def _details(facts: dict[str, Any]) -> list[str]:
    """Long texts, such as a traceback's, keep their line breaks."""
    return [
        f"{name}={value if isinstance(value, str) else json.dumps(value)}"
        for name, value in facts.items()
        if name not in SHOWN_APART and value is not None
    ]
