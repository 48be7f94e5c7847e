"""A process that has imported every command of `ostiary`, and has a child for each call of one.

Importing is most of a command's work, and what is forked need not repeat it. To its caller the
child is a process like any other; tests/test_command_line.py starts the real thing.
"""

import gc
import json
import os
import signal
import sys
import traceback
from typing import Any, NoReturn

import click

from ostiary.cli import COMMANDS, main

MODES = (os.O_RDONLY, os.O_WRONLY, os.O_WRONLY)


def raise_children() -> None:
    """A line of input is a call, a line of output the exit code of one."""
    for name in COMMANDS:
        main.get_command(click.Context(main), name)
    gc.freeze()
    for line in os.fdopen(0, closefd=False):
        child = os.fork()
        if child == 0:
            _leave(become(json.loads(line)))
        _, ended = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(ended), flush=True)


def become(call: dict[str, Any]) -> int:
    """The command, until it ends or its time is up; the exit code."""
    signal.alarm(call["patience"])
    os.environ.clear()
    os.environ.update(call["environ"])
    os.chdir(call["folder"])
    for number, (path, mode) in enumerate(zip(call["streams"], MODES, strict=True)):
        os.dup2(os.open(path, mode), number)
    sys.argv = ["ostiary", *call["words"]]
    try:
        main()
    except SystemExit as ended:
        return int(ended.code or 0)
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
    return 1


def _leave(code: int) -> NoReturn:
    """At once: to take down what was imported costs more than most commands."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    raise_children()
