"""What a task works with: the services of the process it runs in."""

from collections.abc import Callable

from ostiary.services import Services

Opener = Callable[[], Services]

_opener: Opener | None = None
_opened: Services | None = None


def offer(opener: Opener) -> None:
    """Every process, a forked one too, offers its own; they open at their first use."""
    global _opener, _opened
    _opener, _opened = opener, None


def services() -> Services:
    global _opened
    if _opener is None:
        raise RuntimeError("This process offers no services.")
    if _opened is None:
        _opened = _opener()
    return _opened


def close() -> None:
    """Gives back what was opened, if anything was."""
    global _opened
    opened, _opened = _opened, None
    if opened is not None:
        opened.close()
