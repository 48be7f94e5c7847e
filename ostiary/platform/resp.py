"""Redis' own protocol, as far as the questions of every request need it."""

import time
from collections.abc import Callable

from redis import ConnectionError as Ended
from redis import InvalidResponse, ResponseError

Word = str | int
Answer = str | int | None

LINE_END = b"\r\n"
MOST_AT_ONCE = 4_096


class Questions:
    """Commands that are said in one go: `Questions("INCR %(key)s", "PTTL %(key)s")`."""

    def __init__(self, *commands: str) -> None:
        self.count = len(commands)
        self._format = "".join(_prepared(command.split()) for command in commands)

    def about(self, words: dict[str, Word]) -> bytes:
        """Each word stands alone, whatever is in it."""
        return (self._format % {name: _said(words[name]) for name in words}).encode()


def _prepared(words: list[str]) -> str:
    said = [word if word.startswith("%") else _said(word) for word in words]
    return f"*{len(words)}\r\n{''.join(said)}"


def _said(word: Word) -> str:
    text = str(word)
    return f"${len(text.encode())}\r\n{text}\r\n"


def hear(receive: Callable[[int], bytes], count: int, *, patience: float) -> list[Answer]:
    """Whoever leaves them half read, because one is an error or late, has to hang up.

    `patience` is in seconds, within which a piece has to come that is not the last.
    """
    heard, until = b"", time.monotonic() + patience
    while more := receive(MOST_AT_ONCE):
        heard += more
        try:
            return _understand(heard, count)
        except EOFError:
            if time.monotonic() > until:
                raise TimeoutError("Redis drips.") from None
    raise Ended


def _understand(heard: bytes, count: int) -> list[Answer]:
    answers: list[Answer] = []
    begin = 0
    while len(answers) < count:
        line, begin = _cut(heard, begin, heard.find(LINE_END, begin))
        if line.startswith(b"$") and line != b"$-1":
            text, begin = _cut(heard, begin, begin + int(line[1:]))
            answers.append(text.decode())
        else:
            answers.append(_short(line))
    return answers


def _cut(heard: bytes, begin: int, end: int) -> tuple[bytes, int]:
    """What is between, and where the next begins."""
    if not begin <= end <= len(heard) - len(LINE_END):
        raise EOFError
    return heard[begin:end], end + len(LINE_END)


def _short(line: bytes) -> Answer:
    kind, rest = line[:1], line[1:]
    if kind == b":":
        return int(rest)
    if kind == b"+":
        return rest.decode()
    if line in (b"$-1", b"_"):
        return None
    raise ResponseError(rest.decode()) if kind == b"-" else InvalidResponse(line)
