"""The runbook's own commands for a backup and a restore, on the stack of a drill."""

import time
from pathlib import Path

from workshop.harness.errors import CannotStart
from workshop.harness.readiness import missing
from workshop.rehearsal.own_stack import OwnStack

PATIENCE_SECONDS = 40.0


def back_up(stack: OwnStack) -> None:
    _run(stack, "pg_dump", "--format=custom", f"--file={_dump(stack)}", stack.postgres.url)


def restore(stack: OwnStack) -> float:
    """Into an empty database beside the lost one, which it replaces once it is safe to serve.

    The seconds until it is served.
    """
    began = time.monotonic()
    server, beside = stack.postgres.url_of("postgres"), stack.postgres.url_of("restored")
    _sql(stack, server, "CREATE DATABASE restored")
    _run(stack, "pg_restore", "--exit-on-error", f"--dbname={beside}", str(_dump(stack)))
    stack.processes.run("env", f"DATABASE_URL={beside}", "ostiary", "restored").check_returncode()
    _sql(stack, server, "DROP DATABASE ostiary WITH (FORCE)")
    _sql(stack, server, "ALTER DATABASE restored RENAME TO ostiary")
    while missing(stack.port) and time.monotonic() - began < PATIENCE_SECONDS:
        time.sleep(0.1)
    return time.monotonic() - began


def _sql(stack: OwnStack, url: str, statement: str) -> None:
    _run(stack, "psql", url, "--command", statement)


def _run(stack: OwnStack, program: str, *words: str) -> None:
    done = stack.processes.run(str(stack.postgres.program.beside(program)), *words)
    if done.returncode:
        raise CannotStart(f"{program} failed:\n{done.stderr}")


def _dump(stack: OwnStack) -> Path:
    return stack.home / "ostiary.dump"
