"""`ostiary drill`: rehearses an incident, and says whether every promise was kept."""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ostiary.cli.output import json_option, print_json, print_table
from ostiary.dev.errors import CannotStart
from ostiary.dev.stopping import Stopped
from ostiary.runbook.rehearsal.permission import refusal

if TYPE_CHECKING:
    from ostiary.runbook.rehearsal.drill import Drill
    from ostiary.runbook.rehearsal.report import Report

REPORTS = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("name", required=False)
@click.option("--list", "listing", is_flag=True, help="Say which drills there are.")
@click.option("--reports", type=REPORTS, default=Path(".ostiary/drills"), show_default=True)
@json_option
def drill(*, name: str | None, listing: bool, reports: Path, as_json: bool) -> None:
    """Rehearse the incident NAME, or `all`; exit 1 if a bound was missed."""
    if listing:
        _list(as_json=as_json)
        return
    if reason := refusal(os.environ):
        raise click.ClickException(reason)
    chosen = _chosen(name)
    done = _rehearse(chosen, name or "", reports, _teller(to_stderr=as_json))
    _tell(done, as_json=as_json)
    if not all(each.is_kept for each in done):
        raise SystemExit(1)


def _drills() -> "dict[str, Drill]":
    """Imported late: they need what `make dev` needs, which production does not have."""
    try:
        from ostiary.runbook.drills import BY_NAME
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


def _rehearse(
    drills: "Sequence[Drill]", name: str, reports: Path, say: Callable[[str], None]
) -> "list[Report]":
    from ostiary.runbook.rehearsal.session import Session

    session = Session(name, Path.cwd(), reports, say)
    try:
        done = session.rehearse(drills)
    except CannotStart as problem:
        raise click.ClickException(str(problem)) from None
    except Stopped as stopped:
        say("stopped; the fault is undone, and the stack is gone")
        raise SystemExit(128 + stopped.number) from None
    say(f"reports: {session.path('html')} and {session.path('json')}")
    return done


def _list(*, as_json: bool) -> None:
    drills = _drills().values()
    if as_json:
        print_json([{"name": each.name, "injects": each.injects} for each in drills])
        return
    print_table(("DRILL", "INJECTS"), [(each.name, each.injects) for each in drills])


def _tell(done: "list[Report]", *, as_json: bool) -> None:
    from ostiary.runbook.rehearsal.summary import FIGURES, HEADINGS, figures, overview

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
