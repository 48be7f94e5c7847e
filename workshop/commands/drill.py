"""`ostiary drill`: rehearses an incident, and says whether every promise was kept."""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from ostiary.cli.output import json_option, print_json, print_table
from ostiary.platform.signals import Stopped
from workshop.commands.drill_permit import tell_permit
from workshop.harness.errors import CannotStart
from workshop.rehearsal.permission import refusal

if TYPE_CHECKING:
    from workshop.rehearsal.drill import Drill
    from workshop.rehearsal.report import Report
    from workshop.rehearsal.session import Session

# Two cores are enough for it.
AT_ONCE = 4
FILE = click.Path(dir_okay=False, path_type=Path)
REPORTS = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("name", required=False)
@click.option("--list", "instead", flag_value="list", help="Say which drills there are.")
@click.option("--undo", "instead", flag_value="undo", help="Mend what a killed drill has left.")
@click.option("--permit", "instead", flag_value="permit", help="Say how this stack is known.")
@click.option("--on", type=FILE, help="Break the stack that this file names, not one of its own.")
@click.option("--reports", type=REPORTS, default=Path(".ostiary/drills"), show_default=True)
@click.option(
    "--at-once", type=click.IntRange(1), default=AT_ONCE, show_default=True, help="How many stacks."
)
@json_option
def drill(
    *,
    name: str | None,
    instead: str | None,
    on: Path | None,
    reports: Path,
    at_once: int,
    as_json: bool,
) -> None:
    """Rehearse the incident NAME, or `all`; exit 1 if a bound was missed."""
    if instead:
        INSTEAD[instead](as_json=as_json)
        return
    if reason := refusal(os.environ, on_named=on is not None):
        raise click.ClickException(reason)
    chosen = _chosen(name)
    session = _session(name or "", reports, 1 if on else at_once, _teller(to_stderr=as_json))
    done = _rehearse(chosen, on, session)
    _tell(done, as_json=as_json)
    if not all(each.is_kept for each in done):
        raise SystemExit(1)


def _drills() -> "dict[str, Drill]":
    """Imported late: they need what `make dev` needs, which production does not have."""
    try:
        from workshop.drills import BY_NAME
    except ModuleNotFoundError as missing:
        raise click.ClickException(f"Install ostiary[dev]: {missing.name} is missing.") from None
    return BY_NAME


def _chosen(name: str | None) -> "Sequence[Drill]":
    known = _drills()
    if name == "all":
        return list(known.values())
    if name not in known:
        raise click.UsageError(f"Name one of: {', '.join(known)}, all.")
    return [known[name]]


def _session(name: str, reports: Path, at_once: int, say: Callable[[str], None]) -> "Session":
    from workshop.rehearsal.session import Session

    return Session(name, reports, say, at_once)


def _rehearse(drills: "Sequence[Drill]", on: Path | None, session: "Session") -> "list[Report]":
    from workshop.commands.drill_stack import ended, ground

    try:
        with ground(on, drills, session.say) as (possible, open_stack):
            done = session.rehearse(possible, open_stack)
    except CannotStart as problem:
        raise click.ClickException(str(problem)) from None
    except Stopped as stopped:
        session.say(f"stopped; {ended(on)}")
        raise SystemExit(128 + stopped.number) from None
    session.say(f"reports: {session.path('html')} and {session.path('json')}")
    return done


def _list(*, as_json: bool) -> None:
    drills = _drills().values()
    if as_json:
        print_json([{"name": each.name, "injects": each.injects} for each in drills])
        return
    print_table(("DRILL", "INJECTS"), [(each.name, each.injects) for each in drills])


def _undo(*, as_json: bool) -> None:
    _drills()
    from workshop.commands.drill_stack import undo

    undo(as_json=as_json)


def _tell(done: "list[Report]", *, as_json: bool) -> None:
    from workshop.rehearsal.summary import FIGURES, HEADINGS, figures, overview

    if as_json:
        print_json([each.as_json() for each in done])
        return
    if len(done) > 1:
        print_table(HEADINGS, overview(done))
    rows = figures(done, missed_only=len(done) > 1)
    if rows:
        print_table(FIGURES, rows)


def _teller(*, to_stderr: bool) -> Callable[[str], None]:
    began = time.monotonic()

    def say(line: str) -> None:
        click.echo(f"{time.monotonic() - began:7.1f}  {line}", err=to_stderr)

    return say


INSTEAD: Final[dict[str, Callable[..., None]]] = {
    "list": _list,
    "undo": _undo,
    "permit": tell_permit,
}
