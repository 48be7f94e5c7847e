"""Procedures of the runbook in which servers stop and start, and do so here."""

from collections.abc import Callable

import yaml

from tests.processes.stage import Stage, wait_until
from tests.processes.terminal import Terminal
from tests.runbook_commands import Procedure, read_procedures
from tests.source_tree import HOUSE

# Their commands are typed by `test_restore_rehearsal.py`.
REHEARSED = ("Restore to a moment", "Restore Redis")
PROCESSES = ("web", "worker", "watch")


def procedure(section: str, word: str) -> Procedure:
    """The only one of that section that names the word."""
    (found,) = (
        each for each in read_procedures() if each.section == section and word in str(each.lines)
    )
    return found


def archive(terminal: Terminal) -> None:
    """Postgres keeps its log as archive.yml says."""
    compose = yaml.safe_load((HOUSE / "docs/ops/compose/archive.yml").read_text())
    for word in compose["services"]["db"]["command"][1:]:
        name, _, value = word.removeprefix("-c").partition("=")
        if name.startswith("archive"):
            here = value.replace("/backup", str(terminal.backup))
            here = here.replace("/ops", str(HOUSE / "docs/ops/postgres"))
            terminal.stage.run(f"ALTER SYSTEM SET {name} = '{here}'")
    terminal.stage.postgres.restart()


def go_through(terminal: Terminal, steps: Procedure) -> None:
    """Types each line; what Docker would stop or start, the stage does."""
    for line in steps.lines:
        terminal.type(line)
        for words, act in DEEDS.items():
            if line.endswith(words):
                act(terminal.stage)


def _crash(stage: Stage) -> None:
    """The end of Postgres' log is archived by nobody."""
    stage.close()
    stage.postgres.kill()
    (stage.postgres.data / "postmaster.pid").unlink()


def start_processes(stage: Stage) -> None:
    stage.start(*(each for each in PROCESSES if each not in stage.processes))
    wait_until(stage.answers)


DEEDS: dict[str, Callable[[Stage], object]] = {
    " stop proxy app worker beat watch flower db": _crash,
    " stop redis": lambda stage: stage.redis.stop(),
    " up --detach --wait db": lambda stage: stage.postgres.start(),
    " up --detach --wait redis": lambda stage: stage.redis.start(),
    " up --detach --wait": start_processes,
}
