"""Why a letter is not on its way, and who has to wait for that."""

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

_LONGEST_REASON = 200
# Longer than any word a person reads: tokens and passwords that a server quotes back to us.
_SECRET = re.compile(r"(?![A-Z_]+\b)[A-Za-z0-9+/_=-]{20,}")
_ADDRESS = re.compile(r"[^\s<>]+@[^\s<>]+")


class Undelivered(Exception):
    """`reason` is one printable line of at most 200 characters, without secrets and addresses."""

    def __init__(self, reason: str) -> None:
        self.reason = _one_line(reason)
        super().__init__(self.reason)


class ServerUnreachable(Undelivered):
    """Nobody can be served now: every letter waits."""


class ServerMisconfigured(Undelivered):
    """Nobody can be served until the operator acts: the channel pauses, nothing is lost."""


class LetterDeferred(Undelivered):
    """The server wants this letter later; others may go."""


class LetterRefused(Undelivered):
    """The server never wants this letter."""


class OutcomeUnknown(Undelivered):
    """The connection was lost after the final dot: try again with the same Message-ID."""


def expect(
    reply: tuple[int, bytes],
    step: str,
    *,
    later: type[Undelivered],
    never: type[Undelivered],
    kind: int = 2,
) -> None:
    """Raises `later` for 4xx, `never` for 5xx, a broken connection for what is no answer at all."""
    code, text = reply
    if code // 100 == kind:
        return
    reason = f"{step}: {code} {text.decode(errors='replace')}"
    if code // 100 not in (4, 5):
        raise smtplib.SMTPServerDisconnected(f"an answer that makes no sense, {reason}")
    raise (later if code < 500 else never)(reason)


@contextmanager
def lost_as(outcome: type[Undelivered]) -> Iterator[None]:
    """Says who waits when the connection is lost inside the block."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise ServerMisconfigured(f"TLS certificate: {error.verify_message}") from None
    except (OSError, UnicodeError) as error:
        raise outcome(str(error) or type(error).__name__) from None


def _one_line(reason: str) -> str:
    printable = "".join(letter if letter.isprintable() else " " for letter in reason)
    line = _SECRET.sub("[…]", _ADDRESS.sub("[…]", " ".join(printable.split())))
    return line if len(line) <= _LONGEST_REASON else line[: _LONGEST_REASON - 1] + "…"
