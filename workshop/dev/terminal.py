"""Standing in front at the terminal, so that Ctrl-C is ours and not also our starter's."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def foreground() -> Iterator[None]:
    """For a child of `make`, which would take Ctrl-C for a failure though we stop in order."""
    starter = os.getpgrp()
    if not _belongs_to_starter(starter):
        yield
        return
    for each in (signal.SIGTTOU, signal.SIGTSTP):
        signal.signal(each, signal.SIG_IGN)
    os.setpgid(0, 0)
    os.tcsetpgrp(sys.stdin.fileno(), os.getpid())
    try:
        yield
    finally:
        os.tcsetpgrp(sys.stdin.fileno(), starter)


def _belongs_to_starter(group: int) -> bool:
    try:
        return group != os.getpid() and os.tcgetpgrp(sys.stdin.fileno()) == group
    except (OSError, ValueError):
        return False
