"""`ostiary dev`: everything on this machine, until Ctrl-C."""

import os
import sys
from pathlib import Path

import click

from workshop.dev.output import Screen
from workshop.dev.run import Run
from workshop.dev.terminal import foreground

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.option("--fresh", is_flag=True, help="Forget the data of earlier runs.")
@click.option("--postgres-bin", type=FOLDER, help="Take Postgres from this folder.")
@click.option("--redis-bin", type=FOLDER, help="Take Redis from this folder.")
def dev(*, fresh: bool, postgres_bin: Path | None, redis_bin: Path | None) -> None:
    """Run everything on this machine, embedded, until Ctrl-C."""
    run = Run(
        folder=Path.cwd(),
        environ=os.environ,
        screen=Screen(colours=sys.stdout.isatty() and "NO_COLOR" not in os.environ),
        fresh=fresh,
        postgres_bin=postgres_bin,
        redis_bin=redis_bin,
    )
    with foreground():
        raise SystemExit(run.until_stopped())
